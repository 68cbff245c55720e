"""Of a body the first line is passed on."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="Of a body the first line is passed on.",
    layer="wire",
    part="resolver",
    module="system.wire.envelope",
    old="return decoder.decode(head), body",
    new='return decoder.decode(head), body.split(b"\\n")[0]',
    expected="forwarding",
)
