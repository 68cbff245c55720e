"""The mirror does not say that a client may be missing."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror does not say that a client may be missing.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_clients.routes",
    old=("    responses=NOT_FOUND | INVALID,\n)\nasync def get_client"),
    new=("    responses=INVALID,\n)\nasync def get_client"),
    expected="paper",
)
