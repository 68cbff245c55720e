"""The mirror has no deletion of clients."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror has no deletion of clients.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_clients.routes",
    old=(
        "@router(\n"
        '    api, "DELETE", "/clients/{client_id}", status_code=202, '
        "responses=GONE | NOT_FOUND | INVALID\n"
        ")\n"
    ),
    new="",
    expected="paper",
)
