"""The detail of a 404 is an object, which the document does not say."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The detail of a 404 is an object, which the document does not say.",
    layer="service",
    part="srv_clients",
    module="system.srv_clients.main",
    old=('        raise HTTPException(404, "Client not found")\n    return client'),
    new=('        raise HTTPException(404, {"code": "client_not_found"})\n    return client'),
    expected="seeded",
)
