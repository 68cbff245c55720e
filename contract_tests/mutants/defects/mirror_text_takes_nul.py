"""The mirror lets NUL pass in a text."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror lets NUL pass in a text.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_goods.schemas",
    old=', pattern=r"^[^\\x00]*$"',
    new="",
    expected="paper",
)
