"""The gateway answers 200 where the service answers 202."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway answers 200 where the service answers 202.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="response = Response(reply.body, status_code=reply.head.status)",
    new=(
        "response = Response(reply.body, status_code=200 if reply.head.status == "
        "202 else reply.head.status)"
    ),
    expected="stories",
)
