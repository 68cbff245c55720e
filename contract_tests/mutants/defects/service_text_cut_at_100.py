"""A text is stored up to its 100th character."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="A text is stored up to its 100th character.",
    layer="service",
    part="srv_clients",
    module="system.srv_clients.querysets",
    old="    client = Client(**data.model_dump())",
    new="    client = Client(**{n: v[:100] for n, v in data.model_dump().items()})",
    expected="stories",
)
