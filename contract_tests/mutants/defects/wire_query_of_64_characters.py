"""The envelope takes 64 characters of a query."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The envelope takes 64 characters of a query.",
    layer="wire",
    part="resolver",
    module="system.wire.envelope",
    old=(
        "RawQuery = Annotated[str, Meta(pattern=r'^[!-\"$-~\\x80-\\xff]*\\Z', max_length=65_536)]"
    ),
    new=("RawQuery = Annotated[str, Meta(pattern=r'^[!-\"$-~\\x80-\\xff]*\\Z', max_length=64)]"),
    expected="stories",
)
