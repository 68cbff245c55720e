"""A price is stored without its cents."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="A price is stored without its cents.",
    layer="service",
    part="srv_goods",
    module="system.srv_goods.models",
    old="int(value * CENTS_PER_UNIT)",
    new="int(value) * CENTS_PER_UNIT",
    expected="stories",
)
