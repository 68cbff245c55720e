"""The gateway sends PUT where PATCH was asked for."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway sends PUT where PATCH was asked for.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="method=request.method,",
    new='method=request.method.replace("PATCH", "PUT"),',
    expected="stories",
)
