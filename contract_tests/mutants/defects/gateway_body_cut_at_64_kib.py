"""The gateway cuts a body at 64 KiB."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway cuts a body at 64 KiB.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="return RpcRequest(head, await request.body())",
    new="return RpcRequest(head, (await request.body())[:65_536])",
    expected="forwarding",
)
