"""The resolver cuts an answer at 4 KiB."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver cuts an answer at 4 KiB.",
    layer="resolver",
    part="resolver",
    module="system.rpc.resolver",
    old="body = await answer.read()",
    new="body = (await answer.read())[:4096]",
    expected="stories",
)
