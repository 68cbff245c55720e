"""The gateway forgets the query."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway forgets the query.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old='query=request.scope["query_string"].decode("latin-1"),',
    new='query="",',
    expected="stories",
)
