"""Every call is published twice."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="Every call is published twice.",
    layer="wire",
    part="gateway",
    module="system.wire.rpc_client",
    old=('lost while it took the call.")):\n            await outbox.send('),
    new=('lost while it took the call.")):\n            for _ in range(2): await outbox.send('),
    expected="stories",
)
