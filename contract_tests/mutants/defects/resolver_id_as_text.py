"""The resolver makes a text of an id."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver makes a text of an id.",
    layer="resolver",
    part="resolver",
    module="system.rpc.resolver",
    old="body = await answer.read()",
    new=('body = __import__("re").sub(rb\'"id":([0-9]+)\', rb\'"id":"\\1"\', await answer.read())'),
    expected="stories",
)
