"""The resolver answers with the id of the next row."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver answers with the id of the next row.",
    layer="resolver",
    part="resolver",
    module="system.rpc.resolver",
    old="body = await answer.read()",
    new=(
        'body = __import__("re").sub(rb\'"id":([0-9]+)\', lambda m: b\'"id":%d\' % '
        "(int(m[1]) + 1), await answer.read())"
    ),
    expected="stories",
)
