"""The gateway passes no header on, as in the published design."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway passes no header on, as in the published design.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="passing = passed_headers.passing(sent, passed_headers.REQUEST_HEADERS)",
    new="passing = ()",
    expected="stories",
)
