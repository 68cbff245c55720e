"""The gateway does not pass the content type of a body on."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway does not pass the content type of a body on.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="passed_headers.REQUEST_HEADERS)",
    new=('passed_headers.REQUEST_HEADERS - {"content-type"})'),
    expected="stories",
)
