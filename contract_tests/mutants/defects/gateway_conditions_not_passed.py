"""The gateway does not pass If-Match and If-None-Match on."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway does not pass If-Match and If-None-Match on.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="passed_headers.REQUEST_HEADERS)",
    new=('passed_headers.REQUEST_HEADERS - {"if-match", "if-none-match"})'),
    expected="received",
)
