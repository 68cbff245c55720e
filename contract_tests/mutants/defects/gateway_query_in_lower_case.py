"""The gateway passes the query on in lower case."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway passes the query on in lower case.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old='query=request.scope["query_string"].decode("latin-1"),',
    new='query=request.scope["query_string"].decode("latin-1").lower(),',
    expected="stories",
)
