"""Of a repeated key the gateway passes the first value on."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="Of a repeated key the gateway passes the first value on.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old='query=request.scope["query_string"].decode("latin-1"),',
    new=(
        'query=__import__("urllib.parse").parse.urlencode(dict(reversed(request.q'
        "uery_params.multi_items()))),"
    ),
    expected="forwarding",
)
