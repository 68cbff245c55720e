"""The gateway sends PUT where PATCH was asked for."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway sends PUT where PATCH was asked for.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="method=sent_method(request.scope),",
    new='method=sent_method(request.scope).replace("PATCH", "PUT"),',
    expected="stories",
)
