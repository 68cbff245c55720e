"""The gateway's 422 is published with FastAPI's own, vacuous model."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway's 422 is published with FastAPI's own, vacuous model.",
    layer="mirror",
    part="gateway",
    module="system.chassis.app",
    old='{"model": Invalid, "description": "The request does not fit its schema"}',
    new='{"description": "The request does not fit its schema"}',
    expected="paper",
)
