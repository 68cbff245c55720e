"""Of a repeated key the gateway passes the last value on (published design)."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="Of a repeated key the gateway passes the last value on (published design).",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old='query=request.scope["query_string"].decode("latin-1"),',
    new=('query=__import__("urllib.parse").parse.urlencode(dict(request.query_params)),'),
    expected="received",
)
