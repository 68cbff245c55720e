"""Goes through the configurations of a run: which is next, is it known already, does it fit."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from loadtests.sweep import checkpoint, configuration_search
from loadtests.sweep.axes import label
from loadtests.sweep.cpu_pinning import on_cores
from loadtests.sweep.load_process import LoadFailedError, LoadProcess, WorkersMissingError, standby
from loadtests.sweep.nodes import whereabouts_of
from loadtests.sweep.progress import Display
from loadtests.sweep.rate_probe import RateProber
from loadtests.sweep.repetitions import is_enough
from loadtests.sweep.results import SweepResults
from loadtests.sweep.slo_search import knee
from loadtests.sweep.trial import RunPlan, SweepTrial, plan_of, results_of
from loadtests.sweep.usage.usage_sampler import UsageSampler
from reports.judgement.pooling import pooled
from reports.record.capacity import RateSearch
from testcontainers_fixtures.broker.queue_depth import Depth
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.part_usage import PartUsages
from testcontainers_fixtures.stack import Stack

AskDepth = Callable[[], Depth | None]
# Takes the place of a figure that could not be measured: next to nothing.
_NOTHING_PER_S = 1.0


@dataclass(slots=True, kw_only=True)
class Schedule:
    """One run's way through its configurations; `knees` are the rates that it searched for."""

    run_plan: RunPlan
    stack: Stack
    depth: AskDepth
    sweep_results: SweepResults
    display: Display
    knees: list[RateSearch] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    missed: bool = False
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
        run_plan = self.run_plan
        if not (run_plan.searches and number == 0):
            points = self.measured if run_plan.searches else run_plan.configurations
            yield from run_plan.rounds.of(number, points, self._is_enough)
            return
        while (at := self._following()) is not None:
            yield at

    @property
    def measured(self) -> tuple[CopyCounts, ...]:
        """Return the configurations that were measured at all, smallest first."""
        return tuple(at for at in self.run_plan.configurations if self.sweep_results.has(at))

    def _following(self) -> CopyCounts | None:
        """Return the configuration that a search measures next; scenarios take turns to choose."""
        names = list(self.run_plan.scenarios)
        name = names[len(self.measured) % len(names)]
        seen = {at: self.sweep_results.measured(name, at) for at in self.measured}
        carried = {at: pooled(one, "closed") for at, one in seen.items()}
        common = {at: pooled(one, "common") for at, one in seen.items()}
        return configuration_search.next_configuration(
            self.run_plan.configurations,
            {at: one.throughput_per_s if one else _NOTHING_PER_S for at, one in carried.items()},
            {at: p for at, one in common.items() if one and (p := one.latency_ms.p99)},
            self.run_plan.slo_p99_ms,
        )

    def _drive_all(self, configuration: CopyCounts, number: int) -> bool:
        """Measure a configuration under each scenario; tell whether the run goes on.

        It does not where the budget is spent, or where workers were waited for in vain.
        """
        trials = [
            SweepTrial(scenario=scenario, configuration=configuration, number=number)
            for scenario in self.run_plan.scenarios
        ]
        missing = [trial for trial in trials if not self._is_kept(trial)]
        if not missing:
            return True
        if not self.run_plan.budget.allows(self.run_plan.length_s(missing)):
            return False
        with ExitStack() as waiting:
            # Load processes come up while the stack does, and not within what is measured. Those
            # that workers come to all have one port, so that only one at a time can be.
            early = missing[:1] if self.run_plan.workers else missing
            ready = [waiting.enter_context(self._standby(trial)) for trial in early]
            if not self._fresh or configuration != self.stack.configuration:
                self.stack.renew(configuration)
            self._fresh = False
            for place, trial in enumerate(missing):
                named = label(configuration, self.run_plan.configurations)
                which = self.run_plan.rounds.name(number)
                self.display.begin(f"{which}: {trial.scenario}, {named}")
                if place == len(ready):
                    ready.append(waiting.enter_context(self._standby(trial)))
                self._measure(trial, ready[place])
                if self.missed:
                    return False
                if self.run_plan.workers:
                    waiting.close()
                self._search_rate(trial)
        return True

    def _is_kept(self, trial: SweepTrial) -> bool:
        """Take over what an earlier go of this run measured."""
        found = checkpoint.saved(self.run_plan.run_folder, trial)
        if found is None:
            return False
        if trial.number == 0 and self.run_plan.searches_rate:
            rates = checkpoint.saved_rates(self.run_plan.run_folder, trial)
            if rates is None:
                return False
            self.knees.append(rates)
        self.sweep_results.take(trial, found)
        return True

    @contextmanager
    def _standby(self, trial: SweepTrial) -> Iterator[LoadProcess]:
        pinned = self.run_plan.placement.generator if self.run_plan.placement else None
        with ExitStack() as running:
            with on_cores(pinned):
                results = results_of(self.run_plan.run_folder, trial.name)
                process = running.enter_context(
                    standby(
                        results, processes=self.run_plan.processes, workers=self.run_plan.workers
                    )
                )
            yield process

    def _measure(self, trial: SweepTrial, process: LoadProcess) -> None:
        known = self.sweep_results.known(trial)
        plan = plan_of(self.run_plan, trial, known, host=self.stack.gateway)
        observer = UsageSampler(PartUsages(self.stack), self.depth)
        self.display.watching(observer.readings)
        try:
            with observer:
                results = process.drive(plan, self.display.show)
        except LoadFailedError as error:
            self.missed = isinstance(error, WorkersMissingError)
            self.display.note(str(error))
            self.sweep_results.add_void(trial, str(error))
        else:
            found = self.sweep_results.add(
                *(trial, results, plan.rpc_metric, observer.readings), whereabouts_of(self.stack)
            )
            checkpoint.save(self.run_plan.run_folder, trial, found)
        if observer.failure:
            self.display.note(observer.failure)

    def _search_rate(self, trial: SweepTrial) -> None:
        slo_p99_ms = self.run_plan.slo_p99_ms
        if trial.number or not self.run_plan.searches_rate or slo_p99_ms is None:
            return
        prober = RateProber(run_plan=self.run_plan, stack=self.stack, display=self.display)
        one = self.sweep_results.measured(trial.scenario, trial.configuration)
        found = knee(prober, trial, one, slo_p99_ms)
        self.knees.append(found)
        self.sweep_results.unmeasured += prober.unmeasured
        if not prober.unmeasured:
            checkpoint.save_rates(self.run_plan.run_folder, trial, found)

    def _leave_out(self, configuration: CopyCounts, number: int) -> None:
        named = label(configuration, self.run_plan.configurations)
        which, whole_s = self.run_plan.rounds.name(number), self.run_plan.budget.whole_s
        if self.missed:
            self.left_out.append(
                f"The run ended at {which} of {named}, since workers were waited for in vain; what "
                f"came before it is complete."
            )
            return
        self.left_out.append(
            f"The budget of {whole_s:.0f} s was spent before {which} of {named}; what came "
            f"before it is complete."
        )

    def _is_enough(self, at: CopyCounts) -> bool:
        measured = (self.sweep_results.measured(name, at) for name in self.run_plan.scenarios)
        return all(is_enough(one, self.run_plan.rounds) for one in measured)
