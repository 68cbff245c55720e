"""Goes through the configurations of a run: which is next, is it known already, does it fit."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from loadtests.sweep import checkpoint, configuration_search
from loadtests.sweep.axes import label
from loadtests.sweep.cpu_pinning import on_cores
from loadtests.sweep.load_process import LoadFailedError, LoadProcess, standby
from loadtests.sweep.progress import Display
from loadtests.sweep.rate_probe import RateProber
from loadtests.sweep.repetitions import is_enough
from loadtests.sweep.results import SweepResults
from loadtests.sweep.slo_search import knee
from loadtests.sweep.trial import RunPlan, SweepTrial, plan_of, results_of
from loadtests.sweep.usage_sampler import UsageSampler
from reports.judgement.pooling import pooled
from reports.record.capacity import RateSearch
from testcontainers_fixtures.broker.queue_depth import Depth
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.part_usage import usage_by_part
from testcontainers_fixtures.stack import Stack

AskDepth = Callable[[], Depth | None]
# Takes the place of a figure that could not be measured: next to nothing.
_NOTHING_PER_S = 1.0


@dataclass(slots=True, kw_only=True)
class Schedule:
    """One run's way through its configurations; `knees` are the rates that it searched for."""

    order: RunPlan
    stack: Stack
    depth: AskDepth
    harvest: SweepResults
    display: Display
    knees: list[RateSearch] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    _fresh: bool = True

    def run(self) -> None:
        """Measure repetition after repetition, until there are enough or the budget is spent."""
        number = 0
        while True:
            measured = False
            for configuration in self._points(number):
                measured = True
                if not self._drive_all(configuration, number):
                    self._leave_out(configuration, number)
                    return
            if not measured:
                return
            number += 1

    def _points(self, number: int) -> Iterator[CopyCounts]:
        order = self.order
        if not (order.searches and number == 0):
            points = self.measured if order.searches else order.configurations
            yield from order.rounds.of(number, points, self._is_enough)
            return
        while (at := self._following()) is not None:
            yield at

    @property
    def measured(self) -> tuple[CopyCounts, ...]:
        """Return the configurations that were measured at all, smallest first."""
        return tuple(at for at in self.order.configurations if self.harvest.has(at))

    def _following(self) -> CopyCounts | None:
        """Return the configuration that a search measures next; scenarios take turns to choose."""
        names = list(self.order.scenarios)
        name = names[len(self.measured) % len(names)]
        seen = {at: self.harvest.measured(name, at) for at in self.measured}
        carried = {at: pooled(one, "closed") for at, one in seen.items()}
        common = {at: pooled(one, "common") for at, one in seen.items()}
        return configuration_search.next_configuration(
            self.order.configurations,
            {at: one.throughput_per_s if one else _NOTHING_PER_S for at, one in carried.items()},
            {at: p for at, one in common.items() if one and (p := one.latency_ms.p99)},
            self.order.slo_p99_ms,
        )

    def _drive_all(self, configuration: CopyCounts, number: int) -> bool:
        """Measure a configuration under each scenario; tell whether the budget allowed it."""
        drives = [
            SweepTrial(scenario=scenario, configuration=configuration, number=number)
            for scenario in self.order.scenarios
        ]
        missing = [drive for drive in drives if not self._is_kept(drive)]
        if not missing:
            return True
        if not self.order.budget.allows(self.order.length_s(missing)):
            return False
        with ExitStack() as waiting:
            # Load processes come up while the stack does, and not within what is measured.
            ready = [waiting.enter_context(self._standby(drive)) for drive in missing]
            if not self._fresh or configuration != self.stack.configuration:
                self.stack.renew(configuration)
            self._fresh = False
            for drive, process in zip(missing, ready, strict=True):
                named = label(configuration, self.order.configurations)
                which = self.order.rounds.name(number)
                self.display.begin(f"{which}: {drive.scenario}, {named}")
                self._measure(drive, process)
                self._search_rate(drive)
        return True

    def _is_kept(self, drive: SweepTrial) -> bool:
        """Take over what an earlier go of this run measured."""
        found = checkpoint.saved(self.order.run_folder, drive)
        if found is None:
            return False
        if drive.number == 0 and self.order.searches_rate:
            rates = checkpoint.saved_rates(self.order.run_folder, drive)
            if rates is None:
                return False
            self.knees.append(rates)
        self.harvest.take(drive, found)
        return True

    @contextmanager
    def _standby(self, drive: SweepTrial) -> Iterator[LoadProcess]:
        pinned = self.order.placement.generator if self.order.placement else None
        with ExitStack() as running:
            with on_cores(pinned):
                results = results_of(self.order.run_folder, drive.name)
                process = running.enter_context(standby(results, processes=self.order.processes))
            yield process

    def _measure(self, drive: SweepTrial, process: LoadProcess) -> None:
        known = self.harvest.known(drive)
        plan = plan_of(self.order, drive, known, host=self.stack.gateway)
        observer = UsageSampler(lambda: usage_by_part(self.stack), self.depth)
        try:
            with observer:
                results = process.drive(plan, self.display.show)
        except LoadFailedError as error:
            self.display.note(str(error))
            self.harvest.add_void(drive, str(error))
        else:
            found = self.harvest.add(drive, results, plan.rpc_metric, observer.readings)
            checkpoint.save(self.order.run_folder, drive, found)
        if observer.failure:
            self.display.note(observer.failure)

    def _search_rate(self, drive: SweepTrial) -> None:
        slo_p99_ms = self.order.slo_p99_ms
        if drive.number or not self.order.searches_rate or slo_p99_ms is None:
            return
        prober = RateProber(order=self.order, stack=self.stack, display=self.display)
        one = self.harvest.measured(drive.scenario, drive.configuration)
        found = knee(prober, drive, one, slo_p99_ms)
        self.knees.append(found)
        checkpoint.save_rates(self.order.run_folder, drive, found)

    def _leave_out(self, configuration: CopyCounts, number: int) -> None:
        named = label(configuration, self.order.configurations)
        which = self.order.rounds.name(number)
        self.left_out.append(
            f"The budget of {self.order.budget.whole_s:.0f} s was spent before {which} of {named}; "
            f"what came before it is complete."
        )

    def _is_enough(self, at: CopyCounts) -> bool:
        measured = (self.harvest.measured(name, at) for name in self.order.scenarios)
        return all(is_enough(one, self.order.rounds) for one in measured)
