"""A page has one row more than its limit."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="A page has one row more than its limit.",
    layer="service",
    part="srv_goods",
    module="system.srv_goods.querysets",
    old=".limit(limit)",
    new=".limit(limit + 1)",
    expected="stories",
)
