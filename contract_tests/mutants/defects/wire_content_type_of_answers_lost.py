"""The content type of an answer is not among the headers that pass."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The content type of an answer is not among the headers that pass.",
    layer="wire",
    part="resolver",
    module="system.wire.passed_headers",
    old='ELSEWHERE: Final = frozenset({"alt-svc"})',
    new='ELSEWHERE: Final = frozenset({"alt-svc", "content-type"})',
    expected="stories",
)
