"""The gateway remembers what was read once and never asks again."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway remembers what was read once and never asks again.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="        return _unpacked(call, await rpc.call(call, passage))",
    new=(
        '        kept, own = globals().setdefault("_kept", {}), (call.head.path, '
        "call.head.query)\n"
        '        if call.head.method != "GET" or own not in kept:\n'
        "            kept[own] = await rpc.call(call, passage)\n"
        "        return _unpacked(call, kept[own])"
    ),
    expected="stories",
)
