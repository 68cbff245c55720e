"""The gateway calls every answer HTML, beside what the service calls it."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway calls every answer HTML, beside what the service calls it.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="response = Response(reply.body, status_code=reply.head.status)",
    new=('response = Response(reply.body, status_code=reply.head.status, media_type="text/html")'),
    expected="stories",
)
