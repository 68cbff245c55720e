"""The mirror has no deletion of clients."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror has no deletion of clients.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_clients.routes",
    old=(
        "@router(\n"
        '    api,\n    "DELETE",\n    "/clients/{client_id}",\n    status_code=202,\n'
        "    openapi_extra=KEYED,\n    responses=GONE | NOT_FOUND | INVALID | WRITTEN,\n"
        ")\n"
    ),
    new="",
    expected="paper",
)
