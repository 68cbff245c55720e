"""The gateway drops the body of a PATCH."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway drops the body of a PATCH.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="return RpcRequest(head, await request.body())",
    new=('return RpcRequest(head, b"" if request.method == "PATCH" else await request.body())'),
    expected="stories",
)
