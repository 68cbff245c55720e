"""The gateway wraps a service's error into a detail of its own (published design)."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence=("The gateway wraps a service's error into a detail of its own (published design)."),
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="response = Response(reply.body, status_code=reply.head.status)",
    new=(
        "response = Response(reply.body if reply.head.status < 400 else "
        '__import__("json").dumps({"detail": '
        '__import__("json").loads(reply.body)}), status_code=reply.head.status)'
    ),
    expected="stories",
)
