"""The resolver composes what was sent decomposed (Unicode NFC)."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver composes what was sent decomposed (Unicode NFC).",
    layer="resolver",
    part="resolver",
    module="system.rpc.resolver",
    old="body = await answer.read()",
    new=('body = __import__("unicodedata").normalize("NFC", await answer.text()).encode()'),
    expected="stories",
)
