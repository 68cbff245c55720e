"""All calls of a gateway worker share one correlation id."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="All calls of a gateway worker share one correlation id.",
    layer="wire",
    part="gateway",
    module="system.wire.rpc_client",
    old='correlation_id = f"{self._prefix}-{next(self._ids)}"',
    new="correlation_id = self._prefix",
    expected="crowd",
)
