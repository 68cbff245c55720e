"""The envelope takes 64 characters of a query."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The envelope takes 64 characters of a query.",
    layer="wire",
    part="resolver",
    module="system.wire.envelope",
    old="Meta(pattern=r'^[!-\"$-~\\x80-\\xff]*\\Z', max_length=MAX_CHARACTERS)]",
    new="Meta(pattern=r'^[!-\"$-~\\x80-\\xff]*\\Z', max_length=64)]",
    expected="stories",
)
