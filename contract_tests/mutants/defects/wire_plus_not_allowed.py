"""The envelope takes no + in a query."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The envelope takes no + in a query.",
    layer="wire",
    part="resolver",
    module="system.wire.envelope",
    old="RawQuery = Annotated[str, Meta(pattern=r'^[!-\"$-~",
    new="RawQuery = Annotated[str, Meta(pattern=r'^[!-\"$-*,-~",
    expected="stories",
)
