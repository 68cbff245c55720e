"""Of a body 32 KiB are passed on."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="Of a body 32 KiB are passed on.",
    layer="wire",
    part="gateway",
    module="system.wire.envelope",
    old='b"%b\\n%b" % (_encode(message.head), message.body)',
    new='b"%b\\n%b" % (_encode(message.head), message.body[:32_768])',
    expected="forwarding",
)
