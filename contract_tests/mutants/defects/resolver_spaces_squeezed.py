"""The resolver makes one space of several."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver makes one space of several.",
    layer="resolver",
    part="resolver",
    module="system.rpc.resolver",
    old="body = await answer.read()",
    new='body = __import__("re").sub(rb"  +", b" ", await answer.read())',
    expected="stories",
)
