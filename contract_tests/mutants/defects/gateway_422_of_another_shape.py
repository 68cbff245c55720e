"""The gateway's 422 has another shape than the services'."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway's 422 has another shape than the services'.",
    layer="gateway",
    part="gateway",
    module="system.chassis.validation_errors",
    old='JSONResponse({"detail": faults}',
    new='JSONResponse({"errors": faults}',
    expected="forwarding",
)
