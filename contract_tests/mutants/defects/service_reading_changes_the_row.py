"""Reading a client shortens its country."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="Reading a client shortens its country.",
    layer="service",
    part="srv_clients",
    module="system.srv_clients.querysets",
    old="    return await session.get(Client, client_id)",
    new=(
        "    client = await session.get(Client, client_id)\n"
        "    if client:\n"
        '        client.country = (client.country or "")[:-1]\n'
        "    return client"
    ),
    expected="stories",
)
