"""The resolver forgets the query."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver forgets the query.",
    layer="resolver",
    part="resolver",
    module="system.rpc.resolver",
    old='query = f"?{request.head.query}" if request.head.query else ""',
    new='query = ""',
    expected="stories",
)
