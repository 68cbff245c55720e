"""The gateway writes a body in Latin-1 where UTF-8 came."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway writes a body in Latin-1 where UTF-8 came.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="return RpcRequest(head, await request.body())",
    new=(
        "return RpcRequest(head, (await "
        'request.body()).decode(errors="replace").encode("latin-1", "replace"))'
    ),
    expected="stories",
)
