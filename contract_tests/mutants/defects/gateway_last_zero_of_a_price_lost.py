"""The gateway drops a zero at the end of a text, so that 19.90 becomes 19.9."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway drops a zero at the end of a text, so that 19.90 becomes 19.9.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="response = Response(reply.body, status_code=reply.head.status)",
    new=("response = Response(reply.body.replace(b'0\"', b'\"'), status_code=reply.head.status)"),
    expected="stories",
)
