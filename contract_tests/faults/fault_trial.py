"""One fault on a running stack: traffic before, during and after it, then the account."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Final

from msgspec import Struct

from contract_tests.faults.inventory import counted
from contract_tests.faults.ledger import Account, Attempt, settled
from contract_tests.faults.leftovers import Counts, Leftovers
from contract_tests.faults.port_monitor import PortMonitor
from contract_tests.faults.row_history import RowHistory
from contract_tests.faults.tap_arrivals import TapArrivals
from contract_tests.faults.timeline import WELL, course, recovery_s, share_well
from contract_tests.faults.traffic import DEADLINE_S, FaultTraffic
from contract_tests.faults.writable_collections import WritableCollection
from reports.record.fault_trials import Breach, FaultTrial
from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.faults.fault import Fault
from testcontainers_fixtures.faults.signs.sign import Evidence
from testcontainers_fixtures.stack import Stack

BEFORE_S: Final = 2.0
AFTER_S: Final = 6.5
WARM_UP_S: Final = 1.0
MOST_WARM_UPS: Final = 8
# Past its deadline what may still be on its way when the last answer has come.
SETTLED_AFTER_S: Final = 0.5
SHOWN: Final = 3
UNSEEN: Final = (
    "Nobody saw when a write was begun: it takes `tap = true` in a part that answers over HTTP."
)


class TrialMoments(Struct, frozen=True, kw_only=True):
    """When what was done (CLOCK_MONOTONIC); the strike goes from `striking_s` to `struck_s`.

    `evidence` says what was seen of it from outside.
    """

    evidence: str
    begun_s: float
    striking_s: float
    struck_s: float
    mending_s: float
    mended_s: float


def run_trial(
    stack: Stack, fault: Fault, found: Sequence[WritableCollection], traffic: FaultTraffic
) -> FaultTrial:
    """Return what a fault did.

    1. warm up until all is well, and count what is there
    2. send traffic: a while before, strike, see that it shows, mend when it has lasted, a while
       after
    3. wait until nothing is on its way, and until all counts are back
    4. read the rows past the gateway, and what reached the services
    5. settle the ledger

    Raises StackError where the fault cannot be done, does not show, or what came of it cannot be
    read.
    """
    begun_s = time.monotonic()
    asyncio.run(_warmed_up(stack, found))
    with (
        Leftovers(stack) as leftovers,
        TapArrivals(stack.taps, traffic.prefix) as arrivals,
        PortMonitor(stack.amqp) as door,
    ):
        before, uncounted = _counted(leftovers)
        moments = asyncio.run(under_traffic(traffic, fault, stack))
        _require_well(traffic.journal, moments)
        time.sleep(traffic.deadline_s + SETTLED_AFTER_S)
        residues = leftovers.left(before) if before else ()
        rows = _rows(found, traffic)
        work = arrivals.work()
    account = settled(traffic.journal, rows, work, struck_s=moments.struck_s)
    words = RowHistory(traffic.journal, rows, work, moments.begun_s)
    journal = traffic.journal
    return FaultTrial(
        fault=fault.name,
        sentence=fault.sentence,
        engine=stack.engine,
        configuration=str(fault.configuration),
        outage=fault.outage,
        evidence=moments.evidence,
        seconds=time.monotonic() - begun_s,
        attempts=account.attempts,
        writes=account.writes,
        acknowledged=account.acknowledged,
        refused=account.refused,
        unknown=account.unknown,
        committed=account.committed,
        unknown_limit=_limit(fault, journal, moments),
        breaches=_breaches(account, words, traffic.due),
        not_asked={} if stack.taps else {"late": UNSEEN},
        struck_s=moments.striking_s - moments.begun_s,
        mending_s=moments.mending_s - moments.begun_s,
        mended_s=moments.mended_s - moments.begun_s,
        recovery_s=recovery_s(journal, moments.mended_s),
        reopened_s=None if door.reopened_s is None else door.reopened_s - moments.begun_s,
        resumed_s=None if door.reopened_s is None else recovery_s(journal, door.reopened_s),
        residues=residues,
        uncounted=uncounted,
        course=course(journal, moments.begun_s),
    )


async def _warmed_up(stack: Stack, found: Sequence[WritableCollection]) -> None:
    """Send until all is well: pools are open then, and what was struck before is over."""
    for _ in range(MOST_WARM_UPS):
        traffic = FaultTraffic(stack.gateway, stack.spec, list(found))
        running = asyncio.create_task(traffic.run())
        await asyncio.sleep(WARM_UP_S)
        traffic.stop()
        await running
        if share_well(traffic.journal, time.monotonic()) == 1.0:
            return


async def under_traffic(traffic: FaultTraffic, fault: Fault, stack: Stack) -> TrialMoments:
    """Send traffic while a fault is struck and mended again, whatever comes in between.

    Raises StackError where the fault does not show from outside.
    """
    evidence = Evidence(stack, fault.sign)
    lasts_s = fault.lasts(traffic.deadline_s)
    traffic.paced_for(BEFORE_S + lasts_s + AFTER_S)
    begun_s = time.monotonic()
    running = asyncio.create_task(traffic.run())
    try:
        await asyncio.sleep(BEFORE_S)
        striking_s = time.monotonic()
        async with _struck(fault.strike(stack)):
            struck_s = time.monotonic()
            shown, _ = await asyncio.gather(
                asyncio.to_thread(evidence.shown), asyncio.sleep(lasts_s)
            )
            mending_s = time.monotonic()
        mended_s = time.monotonic()
        await asyncio.sleep(AFTER_S)
    finally:
        traffic.stop()
        await running
    return TrialMoments(
        evidence=shown,
        begun_s=begun_s,
        striking_s=striking_s,
        struck_s=struck_s,
        mending_s=mending_s,
        mended_s=mended_s,
    )


@asynccontextmanager
async def _struck(strike: AbstractContextManager[None]) -> AsyncIterator[None]:
    """Strike beside the traffic, and mend whatever happens: Ctrl-C comes in between as well."""
    await asyncio.to_thread(strike.__enter__)
    try:
        yield
    finally:
        await asyncio.to_thread(strike.__exit__, None, None, None)


def _require_well(journal: Sequence[Attempt], moments: TrialMoments) -> None:
    # What was on its way at the strike may have fallen to it.
    until_s = moments.striking_s - DEADLINE_S / 2
    share = share_well(journal, until_s)
    if share is None or share < WELL:
        failed = _failed([one for one in journal if one.sent_s < until_s]) or "nothing was sent"
        raise StackError(
            f"Expected 99 % success before the fault; seen {share or 0:.0%}: {failed}."
        )


def _failed(journal: Sequence[Attempt]) -> str:
    """Return which calls failed with what, those that did so most first."""
    asked = Counter(one.call for one in journal)
    failed = Counter((one.call, one.reason) for one in journal if one.ending != "acknowledged")
    return ", ".join(
        f"{call} {count} of {asked[call]} times {reason}"
        for (call, reason), count in failed.most_common(SHOWN)
    )


def _counted(leftovers: Leftovers) -> tuple[Counts | None, str]:
    try:
        return leftovers.baseline(), ""
    except StackError as error:
        return None, str(error)


def _rows(found: Sequence[WritableCollection], traffic: FaultTraffic) -> dict[str, int]:
    rows: dict[str, int] = {}
    for place in found:
        told = {key: path for key, (where, path) in traffic.written.items() if where is place}
        rows |= counted(place, traffic.prefix, told)
    return rows


def _limit(fault: Fault, journal: Sequence[Attempt], moments: TrialMoments) -> int:
    writes = [one for one in journal if one.write]
    in_flight = sum(
        one.sent_s <= moments.struck_s and one.ended_s >= moments.striking_s for one in writes
    )
    meanwhile = sum(moments.striking_s <= one.sent_s <= moments.mended_s for one in writes)
    return fault.unknown_bound.limit(in_flight=in_flight, meanwhile=meanwhile)


def _breaches(account: Account, words: RowHistory, due: str) -> dict[str, Breach]:
    # When a call was due is what makes it one that hung.
    ends = {"hung": f", {due}"}
    return {
        name: Breach(
            count=len(keys),
            shown=tuple(f"{words(key)}{ends.get(name, '')}" for key in keys[:SHOWN]),
        )
        for name, keys in account.violations.items()
    }
