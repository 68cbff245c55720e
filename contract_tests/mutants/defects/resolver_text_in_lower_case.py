"""The resolver answers in lower case."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver answers in lower case.",
    layer="resolver",
    part="resolver",
    module="system.rpc.resolver",
    old="body = await answer.read()",
    new="body = (await answer.read()).lower()",
    expected="stories",
)
