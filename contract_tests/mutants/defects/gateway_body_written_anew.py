"""The gateway parses a body and writes it anew, with escapes of its own."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway parses a body and writes it anew, with escapes of its own.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="return RpcRequest(head, await request.body())",
    new=(
        "return RpcRequest(head, "
        '__import__("json").dumps(__import__("json").loads(sent)).encode() if '
        '(sent := await request.body()) else b"")'
    ),
    expected="received",
)
