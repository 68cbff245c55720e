"""The mirror lets unknown fields of a client pass."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror lets unknown fields of a client pass.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_clients.schemas",
    old='extra="forbid"',
    new='extra="ignore"',
    expected="paper",
)
