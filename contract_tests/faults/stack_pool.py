"""The stack that faults are tried on, one after the other; one that does not mend is made anew."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from msgspec.structs import replace

from contract_tests.faults.disk_watch import DiskWatch
from contract_tests.faults.fault_trial import run_trial
from contract_tests.faults.places import places_in
from contract_tests.faults.starvation import starvation_of, void_of
from contract_tests.faults.traffic import RATE_PER_S, FaultTraffic
from reports.record.fault_trials import FaultTrial
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.errors import (
    NotApplicableError,
    SpecError,
    StackError,
    StartError,
    UnusablePlaceError,
)
from testcontainers_fixtures.faults.aim import led
from testcontainers_fixtures.faults.fault import Fault
from testcontainers_fixtures.stack import Stack, start_stack
from testcontainers_fixtures.stack_spec import StackSpec

if TYPE_CHECKING:
    from contract_tests.faults.writable_collections import WritableCollection

MOST_REFUSED_STARTS: Final = 2
# Of one fault: the first, and one more after one that a starved machine may have spoilt.
MOST_TRIALS: Final = 2
MOST_SAID: Final = 600
NO_RPC: Final = (
    "These are faults of calls over RabbitMQ: they take a [broker] and a part with "
    'role = "resolver" in the stack file, and {system} has not both.'
)
NOT_AGAIN: Final = f"The stack did not start {MOST_REFUSED_STARTS} times in a row; no more tries."


def why_never(spec: StackSpec) -> str:
    """Return why no fault applies to a system, by its stack file alone; nothing where some may."""
    if spec.broker is None or not spec.named("resolver"):
        return NO_RPC.format(system=spec.name)
    return ""


class StackPool:
    """A running stack with taps and links, and the places in it that can be written to.

    A context manager. The stack is started with the first fault, and again after one that left it
    broken, so that every fault finds a stack that serves.
    """

    def __init__(
        self,
        spec: StackSpec,
        run_folder: Path,
        engine: str,
        *,
        rate_per_s: float = RATE_PER_S,
        on_event: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._spec = spec
        self._run_folder = run_folder
        self._engine = engine
        self._rate_per_s = rate_per_s
        self._on_event = on_event
        self._linked = False
        self._refused_starts = 0
        self._open = ExitStack()
        self.stack: Stack | None = None
        self.places: Sequence[WritableCollection] = ()
        self._no_place = ""
        self.conditions: dict[str, str] = {}
        self.ready_s: dict[str, float] = {}

    def __repr__(self) -> str:
        """Show what runs."""
        return f"<StackPool {self.stack or 'not started'}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the stack."""
        self.clear()

    def clear(self) -> None:
        """End the stack; the next fault starts another."""
        self._open.close()
        self._open, self.stack = ExitStack(), None

    def trial(self, fault: Fault) -> FaultTrial:
        """Return the trial of a fault; a void one, or of one that does not apply, says why.

        One that a starved machine may have spoilt is made once more, on a stack made anew, and
        what was red in it is told beside the other.
        """
        if why := self.why_not(fault):
            return self.empty(fault, not_applicable=why)
        if self._refused_starts >= MOST_REFUSED_STARTS:
            return self.empty(fault, void=NOT_AGAIN)
        spoilt: list[str] = []
        try:
            while len(spoilt) < MOST_TRIALS:
                trial, doubt = self._tried(fault)
                if not doubt:
                    return replace(trial, spoilt=tuple(spoilt))
                spoilt.append(doubt)
                self.clear()
        except NotApplicableError as error:
            return self.empty(fault, not_applicable=str(error))
        except (SpecError, UnusablePlaceError):
            # No other fault would fare better: it is the stack file, or a folder.
            raise
        except Exception as error:  # noqa: BLE001 -- one fault must not cost the run all others
            self.clear()
            # What we raise is a sentence by itself.
            kind = "" if isinstance(error, StackError) else f"{type(error).__name__}: "
            said = [f"{kind}{error}"[:MOST_SAID], *spoilt]
            void = self.empty(fault, void=" ".join(said), spoilt=spoilt)
            return replace(void, came_up=not isinstance(error, StartError))
        return self.empty(fault, void=void_of(spoilt), spoilt=spoilt)

    def why_not(self, fault: Fault) -> str:
        """Return why a fault is known not to apply before anything is started for it, or nothing.

        These are faults of calls over RabbitMQ, with which account is kept of every row.
        """
        if self._engine not in fault.engines:
            return fault.why_not
        return why_never(self._spec) or self._no_place

    def _tried(self, fault: Fault) -> tuple[FaultTrial, str]:
        """Return a trial, and why it shows nothing where it does not."""
        stack = self.prepared(fault)
        traffic = FaultTraffic(
            stack.gateway, stack.spec, list(self.places), rate_per_s=self._rate_per_s
        )
        with DiskWatch(self._run_folder) as disk:
            trial = run_trial(stack, fault, self.places, traffic)
        return trial, starvation_of(trial, traffic, disk.stalls)

    def prepared(self, fault: Fault) -> Stack:
        """Return the stack as a fault needs it, started if need be.

        Links are a hop more, so they are there only from the first fault on that needs them.
        Raises NotApplicableError where it is none that this system can be put to.
        """
        if why := self.why_not(fault):
            raise NotApplicableError(why)
        configuration = fault.configuration
        if fault.links and not self._linked:
            self.clear()
            self._linked = True
        stack = self._anew(configuration) if self.stack is None else self.stack
        stack.spec = led(self._spec, fault)
        if stack.configuration != configuration:
            stack.scale(configuration)
        return stack

    def _anew(self, configuration: CopyCounts) -> Stack:
        """Return a stack with places to write to; one without is of no use and is ended."""
        stack = self.stack = self._started(configuration)
        self.conditions, self.ready_s = stack.conditions(), dict(stack.ready_s)
        try:
            self.places = places_in(stack)
        except NotApplicableError as error:
            self._no_place = str(error)
            self.clear()
            raise
        except Exception:
            self.clear()
            raise
        return stack

    def _started(self, configuration: CopyCounts) -> Stack:
        self._refused_starts += 1
        stack = self._open.enter_context(
            start_stack(
                self._spec,
                run_folder=self._run_folder,
                engine=self._engine,
                configuration=configuration,
                twins=False,
                taps=True,
                links=self._linked,
                on_event=self._on_event,
            )
        )
        self._refused_starts = 0
        return stack

    def empty(
        self,
        fault: Fault,
        *,
        not_applicable: str = "",
        void: str = "",
        spoilt: Sequence[str] = (),
    ) -> FaultTrial:
        """Return the trial of a fault that was not done, with the reason."""
        return FaultTrial(
            fault=fault.name,
            sentence=fault.sentence,
            engine=self._engine,
            configuration=str(fault.configuration),
            outage=fault.outage,
            not_applicable=not_applicable,
            void=void,
            spoilt=tuple(spoilt),
        )
