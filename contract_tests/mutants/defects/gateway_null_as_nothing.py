"""The gateway answers nothing at all where the service answers null."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway answers nothing at all where the service answers null.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="response = Response(reply.body, status_code=reply.head.status)",
    new=(
        'response = Response(b"" if reply.body == b"null" else reply.body, '
        "status_code=reply.head.status)"
    ),
    expected="stories",
)
