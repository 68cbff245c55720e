"""The gateway answers HEAD with 405."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway answers HEAD with 405.",
    layer="gateway",
    part="gateway",
    module="system.chassis.methods",
    old='if scope["type"] != "http" or scope["method"] != "HEAD":',
    new="if True:",
    expected="forwarding",
)
