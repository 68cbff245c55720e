"""A list of goods does not heed its filters."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="A list of goods does not heed its filters.",
    layer="service",
    part="srv_goods",
    module="system.srv_goods.querysets",
    old="filter_by(**wanted)",
    new="filter_by()",
    expected="stories",
)
