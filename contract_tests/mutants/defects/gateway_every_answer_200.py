"""The gateway answers everything with 200."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway answers everything with 200.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="response = Response(reply.body, status_code=reply.head.status)",
    new="response = Response(reply.body, status_code=200)",
    expected="stories",
)
