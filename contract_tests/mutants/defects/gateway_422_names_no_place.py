"""The gateway's 422 does not say where in the request the fault lies."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway's 422 does not say where in the request the fault lies.",
    layer="gateway",
    part="gateway",
    module="system.chassis.validation_errors",
    old='[_storable(part) for part in fault["loc"]]',
    new='[_storable(part) for part in fault["loc"][-1:]]',
    expected="forwarding",
)
