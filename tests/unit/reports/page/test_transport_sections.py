"""Ways of asking over a queue, laid side by side."""

# mypy: allow-untyped-calls
# hdrh ships no types.

import pytest
from msgspec.structs import replace

from reports.page import page, transport_sections
from reports.record import latency
from reports.record.measurements import Configuration, Phase, Repetition, Transport
from reports.record.record import LoadRun
from tests.unit.reports.sample_runs import HOSTILE, load_run, phase

# Requests a second of each repetition: the machine is half as fast in every other one.
OURS = (400.0, 200.0, 404.0, 198.0, 402.0)
THEIRS = (101.0, 49.0, 100.0, 50.0, 100.0)

HOPS_MS = {"gw": 1.0, "rpc": 2.0, "wait": 0.5, "service": 4.0}


def transport(name: str, *kept: str) -> Transport:
    return Transport(name=name, sentence=HOSTILE, keeps={"ends": "ends" in kept})


def taken_apart(common: Phase) -> Phase:
    hops = {name: encoded(ms) for name, ms in HOPS_MS.items()}
    return replace(common, histograms=replace(common.histograms, hops=hops))


def encoded(ms: float) -> str:
    histogram = latency.new_histogram()
    latency.record_us(histogram, ms * 1_000)
    return latency.encode(histogram)


def measured(name: str, rates: tuple[float, ...]) -> Configuration:
    return Configuration(
        scenario=name,
        resolvers=1,
        service_workers=1,
        gateway_workers=1,
        prefetch=32,
        repetitions=tuple(
            Repetition(
                warm_up=None,
                closed=phase(arrivals="closed", rate_per_s=rate, seed=number),
                open=None,
                common=taken_apart(phase(rate_per_s=60.0, seed=number)),
                reasons={"warm_up": "not kept", "open": "not measured"},
            )
            for number, rate in enumerate(rates)
        ),
    )


@pytest.fixture
def compared() -> LoadRun:
    return load_run(
        scenarios={"ours": "", "theirs": ""},
        configurations=(measured("ours", OURS), measured("theirs", THEIRS)),
        transports=(transport("ours", "ends"), transport("theirs")),
    )


def test_a_ratio_is_taken_within_each_repetition_so_a_slow_machine_does_not_widen_it(
    compared: LoadRun,
) -> None:
    throughput = transport_sections.lines(compared)[1].ratios[0]

    assert throughput.times.estimate == pytest.approx(0.25, rel=0.01)
    assert throughput.times.relative_half_width is not None
    assert throughput.times.relative_half_width < 0.03
    assert throughput.value.relative_half_width is not None
    assert throughput.value.relative_half_width > 0.3


def test_the_first_transport_is_what_the_others_are_held_to(compared: LoadRun) -> None:
    ours, theirs = transport_sections.lines(compared)

    assert ours.is_reference
    assert not theirs.is_reference
    assert ours.ratios[0].times.estimate == 1.0


def test_a_figure_that_is_missing_in_a_repetition_leaves_the_pair_out() -> None:
    few = measured("theirs", (100.0, 100.0, 10.0))
    ratio = transport_sections.ratio(few, measured("ours", (400.0, 400.0, 400.0)), "closed", "p99")

    assert (ratio.times.n, ratio.value.n) == (2, 2)


def test_the_page_shows_rates_ratios_and_guarantees_and_hostile_text_as_text(
    compared: LoadRun,
) -> None:
    html = page.run_page(compared)

    assert "What each transport costs" in html
    assert "0.25 x (0.2" in html
    assert "<td>no" in html
    assert "<script>fetch" not in html


def test_what_lies_between_gateway_and_service_is_all_but_those_two(compared: LoadRun) -> None:
    ours, theirs = transport_sections.lines(compared)

    assert ours.hops_ms == pytest.approx(HOPS_MS, rel=0.01)
    assert ours.between.value.estimate == pytest.approx(2.5, rel=0.01)
    assert theirs.between.times.estimate == pytest.approx(1.0, rel=0.01)


def test_a_run_that_compares_no_transports_says_nothing_of_them() -> None:
    assert "What each transport costs" not in page.run_page(load_run())
