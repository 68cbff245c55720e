"""Correlation ids come round again after four calls."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="Correlation ids come round again after four calls.",
    layer="wire",
    part="gateway",
    module="system.wire.rpc_client",
    old='{next(self._ids)}"',
    new='{next(self._ids) % 4}"',
    expected="crowd",
)
