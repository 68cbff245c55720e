"""The mirror refuses 5.0 for 5, which its schema and its service take."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror refuses 5.0 for 5, which its schema and its service take.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_goods.schemas",
    old=", BeforeValidator(whole)]",
    new="]",
    expected="forwarding",
)
