"""A distributed generator: several workers, told over locust's message channel what to do."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from loadtests.generator.assignment import Assignment
from loadtests.generator.generators import Driven, GeneratorsLostError, Watching
from loadtests.generator.merged_results import PartialResult
from loadtests.generator.warm_up import WarmUpWindows, WindowTotals
from loadtests.generator.workers.clock_survey import surveyed
from loadtests.generator.workers.enrolment import EnrolledWorker
from loadtests.generator.workers.host_watch import HostWatch
from loadtests.generator.workers.master_channel import Heard, MasterChannel
from loadtests.generator.workers.messages import (
    Begin,
    ClearUp,
    Close,
    Done,
    DrivePhase,
    Enough,
    Lost,
    Order,
    Prepare,
    WindowSeen,
)
from loadtests.generator.workers.silences import LINGERS_S
from loadtests.generator.workers.worker_figures import left_figures, worker_figures
from loadtests.plan.load_workers import Noted
from loadtests.plan.plan import Plan, encoded
from reports.record.measurements import LoadWorker

if TYPE_CHECKING:
    from loadtests.generator.workers.clock_offsets import ClockOffset

# What an answer may take beyond the time that its order needs: a worker makes histograms.
_MARGIN_S: Final = 20.0
_LOOK_S: Final = 0.1

Shares = Mapping[str, PartialResult | None]


class DistributedGenerators:
    """The workers that were enrolled; those of the run's own machine are forked, and never leave.

    Where they come from other machines (`plan.workers`), who leaves makes the phase under way void,
    and those that remain go on as long as they are as many as were expected.
    """

    def __init__(
        self,
        channel: MasterChannel,
        plan: Plan,
        workers: Sequence[EnrolledWorker],
        note: Callable[[Noted], None] = lambda _: None,
    ) -> None:
        self._channel = channel
        self._answer_within_s = plan.timing.answer_within_s
        self._expected = plan.workers.count if plan.workers else 0
        self._workers = {one.id: one for one in workers}
        self._note = note
        self._what = "the phases"
        self._before: dict[str, ClockOffset] = {}
        self._quiet_from_s = 0.0
        data, parts = encoded(plan), len(workers)
        orders = [Begin(plan=data, part=part, parts=parts) for part in range(parts)]
        self._have_done(dict(zip(self._workers, orders, strict=True)))

    def __repr__(self) -> str:
        """Show how many they are."""
        return f"<DistributedGenerators of {len(self._workers)}>"

    def prepare(self, assignment: Assignment) -> None:
        """Hand each worker its part, once its clock was compared and its connections stand."""
        self._what = f"the {assignment.name}"
        while True:
            self._require_enough()
            self._before = surveyed(self._channel, self._workers)
            parts = zip(self._workers, assignment.parts(len(self._workers)), strict=True)
            self._have_done({name: Prepare(assignment=part) for name, part in parts})
            # Whose part would be missing has to be one of those that are there.
            if self._before.keys() == self._workers.keys():
                return

    def drive(self, assignment: Assignment, watching: Watching) -> Driven:
        """Have each worker drive its part of the phase."""

        def told(moment: WindowTotals) -> None:
            if watching(moment):
                self._tell_all(Enough())

        windows = WarmUpWindows(len(self._workers), assignment.window_s, told)
        begun = dict(self._workers)
        with HostWatch(assignment.begin_s, assignment.duration_s) as host:
            shares = self._have_done(
                {
                    name: DrivePhase(begin_s=assignment.begin_s + self._before[name].monotonic_s)
                    for name in self._workers
                },
                windows,
                within_s=assignment.duration_s + assignment.drain_s,
            )
        self._outwait()
        if not shares:
            raise GeneratorsLostError(f"Every worker left during {self._what}.")
        return Driven(
            shares=tuple(share for share in shares.values() if share is not None),
            workers=tuple(self._figures(begun, shares)) if self._expected else (),
            host_cpu=host.busy,
        )

    def clear_up(self, *, within_s: float) -> None:
        """Leave no row behind."""
        orders = dict.fromkeys(self._workers, ClearUp(within_s=within_s))
        self._have_done(orders, within_s=within_s)

    def close(self) -> None:
        """Have the connections closed; nobody waits for it."""
        self._tell_all(Close())

    def _outwait(self) -> None:
        """Wait until those that fell silent have ended: none sends into what comes next."""
        while (left_s := self._quiet_from_s - time.monotonic()) > 0:
            self._channel.next(within_s=left_s)

    def _figures(self, begun: Mapping[str, EnrolledWorker], shares: Shares) -> Iterator[LoadWorker]:
        after = surveyed(self._channel, self._workers)
        for name, worker in begun.items():
            before, share = self._before[name], shares.get(name)
            if share is None or name not in after:
                yield left_figures(worker, before)
            else:
                yield worker_figures(worker, share, before, after[name])

    def _require_enough(self) -> None:
        if len(self._workers) < max(1, self._expected):
            names = ", ".join(one.name for one in self._workers.values()) or "nobody"
            raise GeneratorsLostError(
                f"{self._expected} workers are expected, and before {self._what} there remained "
                f"{len(self._workers)} ({names})."
            )

    def _have_done(
        self,
        orders: Mapping[str, Order],
        windows: WarmUpWindows | None = None,
        *,
        within_s: float = 0.0,
    ) -> Shares:
        """Send each worker its order and return the answers, by worker, of those that stayed."""
        for name, order in orders.items():
            self._channel.send(name, order)
        until_s = time.monotonic() + within_s + self._answer_within_s + _MARGIN_S
        done: dict[str, PartialResult | None] = {}
        while waited_for := [name for name in orders if name in self._workers and name not in done]:
            if time.monotonic() > until_s:
                raise GeneratorsLostError(
                    f"{self._names(waited_for)} did not answer in time; see locust.log."
                )
            if heard := self._channel.next(within_s=_LOOK_S):
                self._take(heard, done, windows)
            self._miss(waited_for, done)
        return done

    def _take(
        self, heard: Heard, done: dict[str, PartialResult | None], windows: WarmUpWindows | None
    ) -> None:
        match heard.reply:
            case WindowSeen(pulse=pulse) if windows and heard.worker in self._workers:
                windows.add(pulse)
            case Done(share=share) if heard.worker in self._workers:
                done[heard.worker] = share
            case Lost(reason=reason) if heard.worker in self._workers:
                name = self._workers[heard.worker].name
                raise GeneratorsLostError(f"Worker {name} could not do its part: {reason}.")

    def _miss(self, waited_for: Collection[str], done: Collection[str]) -> None:
        """Go on without those that left; what the others are doing is then of no more use."""
        gone = [one for one in waited_for if one not in done and self._channel.is_gone(one)]
        for worker in gone:
            name = self._workers.pop(worker).name
            if not self._expected:
                raise GeneratorsLostError(f"Worker {name} ended during {self._what}.")
            if self._channel.is_silent(worker):
                self._quiet_from_s = time.monotonic() + LINGERS_S
            told = f"Worker {name} left during {self._what}, which is void."
            self._note(Noted(sentence=told, left=name))
        # One that was only silent may hear it yet.
        for worker in (*gone, *self._workers) if gone else ():
            self._channel.send(worker, Enough())

    def _names(self, workers: Sequence[str]) -> str:
        return f"Worker {', '.join(self._workers[one].name for one in workers)}"

    def _tell_all(self, order: Order) -> None:
        for name in self._workers:
            self._channel.send(name, order)
