"""A missing row is no 404 but a failure of the service."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="A missing row is no 404 but a failure of the service.",
    layer="service",
    part="srv_goods",
    module="system.srv_goods.parameters",
    old="    if row is None:",
    new="    if row is False:",
    expected="stories",
)
