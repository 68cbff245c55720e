"""The gateway answers 400 where a request does not fit."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway answers 400 where a request does not fit.",
    layer="gateway",
    part="gateway",
    module="system.chassis.validation_errors",
    old="status_code=422",
    new="status_code=400",
    expected="forwarding",
)
