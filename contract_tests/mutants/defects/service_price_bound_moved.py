"""The service takes higher prices than the mirror."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The service takes higher prices than the mirror.",
    layer="service",
    part="srv_goods",
    module="system.srv_goods.schemas",
    old="{0,7}",
    new="{0,8}",
    expected="paper",
)
