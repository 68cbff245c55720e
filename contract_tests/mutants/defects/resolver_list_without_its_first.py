"""The resolver loses the first row of a list."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver loses the first row of a list.",
    layer="resolver",
    part="resolver",
    module="system.rpc.resolver",
    old="body = await answer.read()",
    new=(
        "body = await answer.read()\n"
        '            if body.startswith(b"[{"):\n'
        "                body = "
        '__import__("json").dumps(__import__("json").loads(body)[1:]).encode()'
    ),
    expected="stories",
)
