"""The resolver forgets the query."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver forgets the query.",
    layer="resolver",
    part="resolver",
    module="system.rpc.forwarded_request",
    old='sent = f"{head.path}?{head.query}" if head.query else head.path',
    new="sent = head.path",
    expected="stories",
)
