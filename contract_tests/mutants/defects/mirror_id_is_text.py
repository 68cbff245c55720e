"""The mirror's category has a text for an id."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror's category has a text for an id.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_goods.schemas",
    old=('class Category(BaseModel):\n    """A category as stored."""\n\n    id: int'),
    new=('class Category(BaseModel):\n    """A category as stored."""\n\n    id: str'),
    expected="paper",
)
