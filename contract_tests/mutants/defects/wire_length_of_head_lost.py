"""An answer to HEAD no longer says how long the body is that a GET would get."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="An answer to HEAD no longer says how long the body is that a GET would get.",
    layer="wire",
    part="resolver",
    module="system.wire.passed_headers",
    old="_LEFT_OF_HEAD: Final = LEFT_BEHIND - {CONTENT_LENGTH}",
    new="_LEFT_OF_HEAD: Final = LEFT_BEHIND",
    expected="forwarding",
)
