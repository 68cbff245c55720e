"""The gateway sends every POST twice."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway sends every POST twice.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="        return _unpacked(call, await rpc.call(call, passage))",
    new=(
        '        if call.head.method == "POST":\n'
        "            await rpc.call(call)\n"
        "        return _unpacked(call, await rpc.call(call, passage))"
    ),
    expected="stories",
)
