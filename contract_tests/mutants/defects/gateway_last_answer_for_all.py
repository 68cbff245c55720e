"""The gateway keeps one place for the answer of all callers."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway keeps one place for the answer of all callers.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="        return _unpacked(call, await rpc.call(call, passage))",
    new=(
        '        globals()["_last"] = await rpc.call(call, passage)\n'
        '        await __import__("asyncio").sleep(0.003)\n'
        '        return _unpacked(call, globals()["_last"])'
    ),
    expected="crowd",
)
