"""The mirror says that a list has 50 rows where no limit is given."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror says that a list has 50 rows where no limit is given.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_clients.routes",
    old="limit: Limit = 100",
    new="limit: Limit = 50",
    expected="paper",
)
