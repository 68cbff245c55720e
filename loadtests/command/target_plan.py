"""What was asked of a server that is up, made into an order, or refused in one sentence."""

from collections.abc import Sequence
from typing import Final

from loadtests.command.conflicts import OF_A_STACK, refuse
from loadtests.command.expected_workers import expected_workers
from loadtests.command.figures_out_options import figures_out_of
from loadtests.command.options import RunOptions
from loadtests.command.traffic_options import arrivals_of, users_of
from loadtests.plan.arrivals import ArrivalsError, parse
from loadtests.plan.data_rows import DataRows
from loadtests.plan.flows import arrivals_per_s, requests_per_s
from loadtests.plan.objectives import asked_for, asked_for_of_users
from loadtests.plan.plan import PlannedCall, Timing
from loadtests.plan.requests_file import TARGET, calls_for, data_of, headers_of, login_of
from loadtests.sweep.target import TargetPlan, base_url, let_in, reach
from reports import publication
from testcontainers_fixtures.credentials import given
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_spec import Telemetry, read_stack_file

DEFAULT_RATE_PER_S: Final = 100.0
DEFAULT_TARGET_S: Final = 30.0


def target_plan(asked: RunOptions, url: str) -> TargetPlan:
    """Return the order to measure a server that is up; raise SpecError when it cannot be."""
    refuse(asked, OF_A_STACK, "needs a stack that is started here; leave --target out.")
    users = users_of(asked)
    figures_out = figures_out_of(asked.out, asked.otlp)
    arrivals = arrivals_of(asked.arrivals)
    spec = read_stack_file(asked.stack) if asked.stack else None
    telemetry = spec.telemetry if spec else Telemetry()
    headers = (given(spec.contract) if spec else {}) | headers_of(asked.headers)
    calls = users.calls if users else calls_for(asked.requests, asked.requests_file, headers)
    base, duration_s = base_url(url), asked.duration_s or DEFAULT_TARGET_S
    workers = expected_workers(asked, figures_out, base)
    rate_per_s, data = _rate(asked, arrivals, duration_s, calls), data_of(asked.requests_file)
    _refuse_too_few(data, arrivals_per_s(rate_per_s, calls) * duration_s)
    objectives = tuple(
        asked_for_of_users(asked.slo, TARGET) if users else asked_for(asked.slo, {TARGET: calls})
    )
    login = None if users else login_of(asked.login, spec.login if spec else None)
    reach(base)
    let_in(base, login)
    return TargetPlan(
        url=base,
        calls=calls,
        arrivals=arrivals,
        telemetry=telemetry,
        rate_per_s=rate_per_s,
        timing=Timing(open_s=duration_s),
        processes=asked.generators,
        workers=workers,
        seed=asked.seed,
        command=asked.command,
        run_folder=publication.new_run_folder("load", asked.site),
        objectives=objectives,
        figures_out=figures_out,
        login=login,
        data=data,
        users=users,
    )


def _refuse_too_few(data: DataRows | None, needed: float) -> None:
    """Raise SpecError where rows that are used once each cannot last; the warm-up uses some too."""
    if data and data.order == "once" and len(data.rows) < needed:
        raise SpecError(
            f"{data.file} has {len(data.rows):,} rows, each used once, and about {needed:,.0f} are "
            f"needed, and some for the warm-up: give more rows, a lower --rate, or another "
            f"data_order."
        )


def _rate(
    asked: RunOptions, arrivals: str, duration_s: float, calls: Sequence[PlannedCall]
) -> float:
    """Return how many requests a second are offered on average; shapes are those of sessions."""
    shaped = parse(arrivals)
    if shaped.shaped and asked.rate_per_s:
        raise SpecError(f"--arrivals {asked.arrivals} brings its own rates; leave --rate out.")
    try:
        if not shaped.shaped:
            return asked.rate_per_s or DEFAULT_RATE_PER_S
        return requests_per_s(shaped.mean_per_s(0.0, duration_s), calls)
    except ArrivalsError as error:
        raise SpecError(f"--arrivals: {error}") from error
