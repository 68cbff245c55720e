"""Goods are stored without what is not ASCII."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="Goods are stored without what is not ASCII.",
    layer="service",
    part="srv_goods",
    module="system.srv_goods.querysets",
    old="return Goods(name=data.name,",
    new='return Goods(name=data.name.encode("ascii", "ignore").decode(),',
    expected="stories",
)
