"""A reply goes to whoever has waited longest."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="A reply goes to whoever has waited longest.",
    layer="wire",
    part="gateway",
    module="system.wire.rpc_client",
    old='future = self._waiting.get(message.correlation_id or "")',
    new="future = next(iter(self._waiting.values()), None)",
    expected="crowd",
)
