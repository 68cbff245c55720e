"""The gateway turns lists around."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway turns lists around.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="response = Response(reply.body, status_code=reply.head.status)",
    new=(
        "response = "
        'Response(__import__("json").dumps(__import__("json").loads(reply.body)[:'
        ':-1]) if reply.body.startswith(b"[") else reply.body, '
        "status_code=reply.head.status)"
    ),
    expected="stories",
)
