"""The gateway asks for anything, whatever the client accepts."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway asks for anything, whatever the client accepts.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="passing = passed_headers.passing(sent, passed_headers.REQUEST_HEADERS)",
    new=(
        'passing = tuple((k, "*/*" if k == "accept" else v) for k, v in '
        "passed_headers.passing(sent, passed_headers.REQUEST_HEADERS))"
    ),
    expected="received",
)
