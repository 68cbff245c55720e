"""The gateway shows at most 50 rows of a list."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway shows at most 50 rows of a list.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="response = Response(reply.body, status_code=reply.head.status)",
    new=(
        "response = "
        'Response(__import__("json").dumps(__import__("json").loads(reply.body)[:'
        '50]) if reply.body.startswith(b"[") else reply.body, '
        "status_code=reply.head.status)"
    ),
    expected="stories",
)
