"""A change keeps the old country."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="A change keeps the old country.",
    layer="service",
    part="srv_clients",
    module="system.srv_clients.querysets",
    old=("client.surname, client.name, client.country = data.surname, data.name, data.country"),
    new="client.surname, client.name = data.surname, data.name",
    expected="stories",
)
