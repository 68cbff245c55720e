"""The gateway answers 400 where the service answers 404."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway answers 400 where the service answers 404.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="response = Response(reply.body, status_code=reply.head.status)",
    new=(
        "response = Response(reply.body, status_code=400 if reply.head.status == "
        "404 else reply.head.status)"
    ),
    expected="stories",
)
