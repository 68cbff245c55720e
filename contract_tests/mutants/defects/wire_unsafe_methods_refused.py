"""The resolver takes every unsafe call for one that was delivered before."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver takes every unsafe call for one that was delivered before.",
    layer="wire",
    part="resolver",
    module="system.wire.redelivery",
    old="if message.deliveries and request.head.method not in SAFE_METHODS",
    new="if message.deliveries or request.head.method not in SAFE_METHODS",
    expected="stories",
)
