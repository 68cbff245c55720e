"""traceparent is not among the headers that pass."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="traceparent is not among the headers that pass.",
    layer="wire",
    part="gateway",
    module="system.wire.passed_headers",
    old='        "traceparent",\n',
    new="",
    expected="received",
)
