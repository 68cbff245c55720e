"""What is not ASCII gets lost on the way back."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="What is not ASCII gets lost on the way back.",
    layer="wire",
    part="resolver",
    module="system.wire.envelope",
    old='b"%b\\n%b" % (_encode(message.head), message.body)',
    new=('b"%b\\n%b" % (_encode(message.head), message.body.decode().encode("ascii", "ignore"))'),
    expected="stories",
)
