"""The gateway leaves out parameters without a value."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway leaves out parameters without a value.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old='query=request.scope["query_string"].decode("latin-1"),',
    new=(
        'query="&".join(q for q in '
        'request.scope["query_string"].decode("latin-1").split("&") if not '
        'q.endswith("=")),'
    ),
    expected="forwarding",
)
