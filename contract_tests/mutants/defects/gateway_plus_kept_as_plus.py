"""A + in the query reaches the service as a plus and no longer as a space."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="A + in the query reaches the service as a plus and no longer as a space.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old='query=request.scope["query_string"].decode("latin-1"),',
    new='query=request.scope["query_string"].decode("latin-1").replace("+", "%2B"),',
    expected="stories",
)
