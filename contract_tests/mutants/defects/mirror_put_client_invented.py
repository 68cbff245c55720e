"""The mirror offers PUT for a client, which the service refuses."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror offers PUT for a client, which the service refuses.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_clients.routes",
    old=('async def delete_client(client_id: ClientId) -> None:\n    """Delete a client."""'),
    new=(
        "async def delete_client(client_id: ClientId) -> None:\n"
        '    """Delete a client."""\n'
        "\n"
        "\n"
        '@router(api, "PUT", "/clients/{client_id}", '
        "response_model=schemas.Client, responses=INVALID)\n"
        "async def put_client(client_id: ClientId, client: schemas.ClientData) "
        "-> None:\n"
        '    """Put a client."""'
    ),
    expected="paper",
)
