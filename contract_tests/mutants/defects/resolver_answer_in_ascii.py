"""The resolver writes question marks for what is not ASCII."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver writes question marks for what is not ASCII.",
    layer="resolver",
    part="resolver",
    module="system.rpc.resolver",
    old="body = await answer.read()",
    new='body = (await answer.text()).encode("ascii", "replace")',
    expected="stories",
)
