"""The gateway passes the query on without its escapes."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway passes the query on without its escapes.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old='query=request.scope["query_string"].decode("latin-1"),',
    new=(
        'query=__import__("urllib.parse").parse.unquote(request.scope["query_stri'
        'ng"].decode("latin-1"), "latin-1"),'
    ),
    expected="stories",
)
