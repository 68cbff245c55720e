"""The mirror creates clients at /clients/ with a slash."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror creates clients at /clients/ with a slash.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_clients.routes",
    old=('    "/clients",\n    status_code=201'),
    new=('    "/clients/",\n    status_code=201'),
    expected="paper",
)
