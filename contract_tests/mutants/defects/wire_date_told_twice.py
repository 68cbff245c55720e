"""The resolver lets a service's Date pass beside the gateway's own."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver lets a service's Date pass beside the gateway's own.",
    layer="wire",
    part="resolver",
    module="system.wire.passed_headers",
    old='CONTENT_LENGTH, "date", "server"',
    new='CONTENT_LENGTH, "server"',
    expected="crowd",
)
