"""What computes in one thread is told from what has one for each connection, by who asked it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace

from loadtests.capacity.backing_parts import backing_parts, with_seen_threads
from loadtests.capacity.core_limits import core_limits
from loadtests.capacity.model_records import model_for
from reports.record.measurements import Node
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.stack_spec import StackSpec
from tests.unit.loadtests.capacity import backed_shop
from tests.unit.loadtests.capacity.backed_shop import BackedShop
from tests.unit.loadtests.capacity.test_backing_parts import SRV, seen, shop

STORE: Final = BackedShop(said='role = "database"\nimage = "pg"', behind_ms=2.0, servers=9)
REDIS: Final = 'role = "cache"\nimage = "redis:7"'


@pytest.mark.parametrize(
    ("share", "workers", "cores"),
    [
        pytest.param(1.0, (1, 2), 1.0, id="one thread, whoever asks"),
        pytest.param(0.8, (1, 2), 1.25, id="one thread, and some work in others"),
        pytest.param(0.5, (1, 2), None, id="a thread for each that asks"),
        pytest.param(0.95, (1,), None, id="one that asks shows one thread of any"),
        pytest.param(0.0, (1, 2), None, id="threads were not told apart"),
    ],
)
def test_one_thread_is_seen_where_several_asked(
    share: float, workers: tuple[int, ...], cores: float | None, tmp_path: Path
) -> None:
    spec = STORE.spec(tmp_path)

    [behind] = with_seen_threads(backing_parts(spec), seen(STORE, share, *workers), spec)

    assert behind.cores == cores


def test_two_copies_with_one_thread_each_can_use_two_cores(tmp_path: Path) -> None:
    two = BackedShop(said='role = "stub"\ncommand = ["x"]\ncopies = 2', behind_ms=5.0, servers=2)
    spec = two.spec(tmp_path)

    [behind] = with_seen_threads(backing_parts(spec), seen(two, 1.0, 2), spec)
    [spread] = with_seen_threads(backing_parts(spec), seen(two, 0.5, 2), spec)

    # Together they used 1.25 cores, which is more than one of them can.
    assert (behind.cores, behind.copies) == (1.0, 2)
    assert spread.cores is None


def test_what_replicas_used_together_is_held_against_the_cores_of_those_that_ran(
    tmp_path: Path,
) -> None:
    # 250 calls a second of 6 ms are 1.5 cores.
    busy = BackedShop(said=REDIS, behind_ms=6.0, servers=3)
    spec = busy.spec(tmp_path)
    nodes = (Node(name="a", cores=8.0, here=False, copies={"behind": 3}),)
    [measured] = backed_shop.run(busy, 2, nodes=nodes).configurations

    [behind] = with_seen_threads(backing_parts(spec), [measured], spec)

    assert behind.cores == 1.0
    assert core_limits(measured, spec, [behind]).whole("behind") == 3.0


def test_what_the_busiest_thread_leaves_to_others_comes_on_top_of_its_core(tmp_path: Path) -> None:
    one = BackedShop(said='role = "cache"\nimage = "store"', behind_ms=8.0, servers=1)
    [measured] = seen(one, 0.8, 2)
    run = replace(backed_shop.run(one), configurations=(measured,))

    limit = model_for(run, one.spec(tmp_path), "shop").limits(CopyCounts(resolvers=8))[0]

    assert limit.resource == "the CPU of behind, which can use 1.25 cores"
    # 0.8 of the 8 ms of a call are the one thread's.
    assert limit.most_per_s == pytest.approx(1_000 / (0.8 * 8.0))


def test_a_configuration_that_used_little_says_little_of_its_threads(tmp_path: Path) -> None:
    one = BackedShop(said=REDIS, behind_ms=8.0, servers=1)
    little = BackedShop(said=REDIS, behind_ms=0.4, servers=1)
    spec = one.spec(tmp_path)
    # The same requests a second for as long, with 20 times as much of it in each.
    both = (*seen(one, 0.8, 1), *seen(little, 0.4, 1))

    [behind] = with_seen_threads(backing_parts(spec), both, spec)

    assert behind.cores == pytest.approx(21 / (20 * 0.8 + 0.4), abs=0.01)


@pytest.mark.parametrize("share", [0.0, 0.85])
@pytest.mark.parametrize("part", [REDIS, 'role = "database"\nimage = "mysql:8"'])
def test_what_is_said_of_cores_stands_against_every_guess(
    part: str, share: float, tmp_path: Path
) -> None:
    told = BackedShop(said=f"{part}\ncores = 4", behind_ms=1.0, servers=4)
    spec = told.spec(tmp_path)

    [behind] = with_seen_threads(backing_parts(spec), seen(told, share, 2), spec)

    assert behind.cores == 4


@pytest.mark.parametrize(
    ("behind_ms", "share", "cores"),
    [
        pytest.param(3.0, 0.0, 1.0, id="less than a core was used"),
        pytest.param(5.0, 0.0, None, id="more than a core was used"),
        pytest.param(5.0, 0.8, 1.25, id="all that one thread leaves was used"),
        pytest.param(5.0, 0.75, 1.33, id="a quarter of it beside the one thread"),
        pytest.param(7.0, 0.8, None, id="more than one thread leaves was used"),
    ],
)
def test_a_guess_that_more_than_it_was_used_of_is_none(
    behind_ms: float, share: float, cores: float | None, tmp_path: Path
) -> None:
    # With two workers at 8 ms a call it is asked 250 times a second.
    busy = BackedShop(said=REDIS, behind_ms=behind_ms, servers=2)
    spec = busy.spec(tmp_path)

    [behind] = with_seen_threads(backing_parts(spec), seen(busy, share, 2), spec)

    assert behind.cores == cores


@pytest.mark.parametrize(("share", "most_per_s"), [(0.79, 253.0), (0.75, 267.0)])
def test_a_full_thread_with_work_beside_it_binds(
    share: float, most_per_s: float, tmp_path: Path
) -> None:
    # 250 calls a second of 5 ms, as where a cache saves its data beside its one thread.
    saving = BackedShop(said=REDIS, behind_ms=5.0, servers=2)
    run = replace(backed_shop.run(saving), configurations=seen(saving, share, 2))

    limits = model_for(run, saving.spec(tmp_path), "shop").limits(CopyCounts(resolvers=16))

    [bound] = [one.most_per_s for one in limits if "behind" in one.resource]
    assert bound == pytest.approx(most_per_s, rel=0.01)


def test_a_cache_that_is_told_to_use_more_threads_is_not_taken_for_one(tmp_path: Path) -> None:
    words = '["redis-server", "--io-threads", "4"]'
    threaded = BackedShop(said=f"{REDIS}\ncommand = {words}", behind_ms=1.0, servers=4)

    [behind] = backing_parts(threaded.spec(tmp_path))

    assert behind.cores is None


def asked(  # noqa: PLR0913 -- what of a phase tells who asked
    spec: StackSpec,
    *,
    share: float = 1.0,
    shares: Mapping[str, Mapping[str, float]] | None = None,
    counts: tuple[int, int, int] = (1, 1, 1),
    of_parts: Mapping[str, int] | None = None,
    calls: Mapping[str, int] | None = None,
    **busy_s: float,
) -> float | None:
    """Return the cores of the store where its busiest thread took a share.

    `counts` are resolvers, service workers and gateway workers, `calls` how many bore the stamp of
    each part, `busy_s` what parts used.
    """
    [one] = backed_shop.run(STORE, 1).configurations
    [repetition] = one.repetitions
    assert repetition.closed
    used = {name: backed_shop.use(1_000.0 * busy, 1.0) for name, busy in busy_s.items()}
    used["store"] = replace(backed_shop.use(10.0, 100.0), one_thread_share=share)
    closed = replace(
        repetition.closed,
        used=used,
        histograms=replace(
            repetition.closed.histograms,
            hops={name: backed_shop.histogram([9.0] * n) for name, n in (calls or {}).items()},
        ),
        worker_shares={name: dict(told) for name, told in (shares or {}).items()},
    )
    resolvers, workers, gateways = counts
    measured = replace(
        one,
        resolvers=resolvers,
        of_parts=dict(of_parts or {}),
        service_workers=workers,
        gateway_workers=gateways,
        repetitions=(replace(repetition, closed=closed),),
    )
    found = with_seen_threads(backing_parts(spec), [measured], spec)
    return next(part.cores for part in found if part.name == "store")


def test_a_resolver_that_never_asks_does_not_count_as_one_that_asks(tmp_path: Path) -> None:
    both = shop(tmp_path, orders="{store.url}", articles="{store.url}")

    assert asked(both, orders=1.0, articles=0.02) is None
    assert asked(both, orders=1.0, articles=0.7) == 1.0
    assert asked(both, orders=1.0) is None  # nobody knows what the other one did


def test_calls_that_are_told_tell_who_asked_before_cpu_times_do(tmp_path: Path) -> None:
    stamped = '[telemetry]\nhops = { orders = "", articles = "" }'
    both = shop(tmp_path, orders="{store.url}", articles="{store.url}", more=stamped)

    assert asked(both, calls={"orders": 90, "articles": 10}, orders=1.0, articles=1.0) is None
    assert asked(both, calls={"orders": 50, "articles": 50}, orders=1.0, articles=0.1) == 1.0


def test_what_resolvers_are_asked_tells_nothing_of_services_that_ask(tmp_path: Path) -> None:
    stamped = '[telemetry]\nhops = { orders = "", articles = "" }'
    two = f"{SRV}\n{SRV.replace('[parts.srv]', '[parts.srv2]')}\n{stamped}"
    spec = shop(tmp_path, more=two)
    shares = {"srv": {"1": 1.0}, "srv2": {"1": 1.0}}
    calls = {"orders": 50, "articles": 50}

    assert asked(spec, calls=calls, shares=shares, srv=1.0, srv2=1.0) == 1.0
    assert asked(spec, calls=calls, shares=shares, srv=1.0, srv2=0.1) is None


def test_copies_of_one_resolver_that_are_told_by_its_name_are_those_that_ask(
    tmp_path: Path,
) -> None:
    spec = shop(tmp_path, orders="{store.url}")

    assert asked(spec, counts=(3, 1, 1), of_parts={"orders": 1}) is None
    assert asked(spec, counts=(1, 1, 1), of_parts={"orders": 3}) == 1.0


def test_one_with_most_of_the_calls_may_be_the_busiest_thread_s_only_reason(tmp_path: Path) -> None:
    both = shop(tmp_path, orders="{store.url}", articles="{store.url}")

    assert asked(both, share=0.81, orders=0.75, articles=0.25) is None
    assert asked(both, share=0.95, orders=0.75, articles=0.25) == 1.05


@pytest.mark.parametrize(
    ("words", "counts", "cores"),
    [
        pytest.param({"front": "{store.url}"}, (4, 4, 1), None, id="one gateway worker"),
        pytest.param({"front": "{store.url}"}, (1, 1, 2), None, id="two gateway workers"),
        pytest.param({"orders": "{store.url}"}, (1, 4, 4), None, id="one resolver"),
        pytest.param({"orders": "{store.url}"}, (2, 1, 1), 1.0, id="two resolvers"),
        pytest.param({"orders": "{store.url}"}, (8, 1, 1), 1.0, id="eight, none with a fifth"),
    ],
)
def test_those_count_that_ask_at_its_place(
    words: dict[str, str], counts: tuple[int, int, int], cores: float | None, tmp_path: Path
) -> None:
    spec = shop(tmp_path, **words)

    assert asked(spec, counts=counts, front=1.0, orders=1.0, articles=1.0) == cores


@pytest.mark.parametrize(
    ("shares", "cores"),
    [
        pytest.param({"srv": {"1": 0.5, "2": 0.5}}, 1.0, id="both were asked"),
        pytest.param({"srv": {"1": 1.0, "2": 0.0}}, None, id="kept connections led to one"),
        pytest.param({"srv": {"1": 0.85, "2": 0.15}}, None, id="one had next to nothing"),
        pytest.param({}, None, id="nothing tells"),
    ],
)
def test_workers_of_a_service_ask_where_calls_came_to_them(
    shares: dict[str, dict[str, float]], cores: float | None, tmp_path: Path
) -> None:
    spec = shop(tmp_path, more=SRV)

    assert asked(spec, counts=(4, 2, 4), shares=shares, srv=1.0) == cores


@pytest.mark.parametrize(
    ("shares", "cores"), [({"1": 0.5, "2": 0.5}, 1.0), ({"1": 1.0, "2": 0.0}, None)]
)
def test_workers_of_a_gateway_ask_where_calls_came_to_them(
    shares: dict[str, float], cores: float | None, tmp_path: Path
) -> None:
    spec = shop(tmp_path, front="{store.url}")

    assert asked(spec, counts=(1, 1, 2), shares={"front": shares}, front=1.0) == cores
