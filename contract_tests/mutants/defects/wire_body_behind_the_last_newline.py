"""A body with a line break in it is taken apart in the wrong place."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="A body with a line break in it is taken apart in the wrong place.",
    layer="wire",
    part="resolver",
    module="system.wire.envelope",
    old='raw.partition(b"\\n")',
    new='raw.rpartition(b"\\n")',
    expected="forwarding",
)
