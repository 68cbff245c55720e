"""The gateway writes an answer anew, sorted and in ASCII."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway writes an answer anew, sorted and in ASCII.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="response = Response(reply.body, status_code=reply.head.status)",
    new=(
        "response = "
        'Response(__import__("json").dumps(__import__("json").loads(reply.body), '
        'sort_keys=True) if reply.body[:1] in {b"{", b"["} else reply.body, '
        "status_code=reply.head.status)"
    ),
    expected="stories",
    equivalent=(
        "To a reader of JSON it is the same answer; the suite compares values, not spelling."
    ),
)
