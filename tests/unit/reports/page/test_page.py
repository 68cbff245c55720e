"""The page: first the verdict, nothing from outside, nothing foreign unescaped."""

import base64
import hashlib
import re
from datetime import timedelta
from html import unescape

import pytest
from msgspec.structs import replace

from reports.page import zoom_script
from reports.page.page import Unreadable, entry, index_page, run_page
from reports.record.failures import RecordedRequest, body
from reports.record.record import Check, RunRecord
from tests.unit.reports.sample_runs import (
    HOSTILE,
    conditions,
    e2e_run,
    hostile_load_run,
    load_run,
    phase,
    target_run,
)

LIMIT_BYTES = 300_000
LIMIT_OF_A_SWEEP_BYTES = 350_000
LARGE_SWEEP = [(resolvers, workers) for resolvers in (1, 2, 4, 8) for workers in (1, 2, 4)]
MANY_BAD_CHECKS = [
    Check(
        name=f"{HOSTILE} {number}",
        verdict="fail",
        sentence=HOSTILE * 50,
        seconds=1,
        curl="c" * 9_999,
        request=RecordedRequest(method="POST", target="/clients", body=body(b"c" * 9_999)),
    )
    for number in range(40)
]


@pytest.mark.parametrize(
    "record",
    [load_run(repetitions=5), hostile_load_run(), target_run(), e2e_run(checks=MANY_BAD_CHECKS)],
    ids=["a default run", "hostile", "a target", "40 failures"],
)
def test_a_page_stays_within_300_kilobytes(record: RunRecord) -> None:
    assert len(run_page(record).encode()) <= LIMIT_BYTES


def test_a_large_sweep_shows_a_few_configurations_from_the_inside_and_says_so() -> None:
    html = run_page(load_run(points=LARGE_SWEEP))

    assert html.count('<details class="inside"') == 4
    assert html.count("The inside of 10 further configurations stands in run.json.") == 2
    assert len(html.encode()) <= LIMIT_OF_A_SWEEP_BYTES


@pytest.mark.parametrize("record", [hostile_load_run(), e2e_run()], ids=["load", "e2e"])
def test_foreign_text_is_escaped_everywhere(record: RunRecord) -> None:
    html = run_page(record)
    scripts = re.findall(r"<script([^>]*)>(.*?)</script", html, re.DOTALL)

    assert {kind for kind, _ in scripts} <= {"", ' type="application/json"'}
    assert [text for kind, text in scripts if not kind] in ([], [zoom_script.script()])
    assert all("<" not in text for kind, text in scripts if kind)
    assert "<img" not in html
    assert 'onmouseover="' not in html
    assert "\x1b" not in html
    assert "&lt;script&gt;" in html


def test_only_the_pages_own_script_may_run() -> None:
    html = unescape(run_page(load_run()))
    script = re.search(r"<script>(.*?)</script>", html, re.DOTALL)
    allowed = re.search(r"script-src '(\w+)-([^']+)';", html)

    assert script is not None
    assert allowed is not None
    digest = hashlib.new(allowed[1], script[1].encode()).digest()
    assert base64.b64decode(allowed[2]) == digest
    assert "script-src" not in run_page(e2e_run())


def test_hostile_text_reaches_every_picture_and_table_and_stays_text() -> None:
    run = hostile_load_run()
    html = run_page(run)
    first = html[html.index("From the inside") :]
    first = first[: first.index("</details>\n<details class")]

    assert html.count("evil.example") > 5
    assert "onmouseover=&#34;" in first
    assert "\\u003cscript" in first


@pytest.mark.parametrize("record", [hostile_load_run(), e2e_run()], ids=["load", "e2e"])
def test_a_page_names_nothing_outside_its_folder(record: RunRecord) -> None:
    addresses = set(re.findall(r'(?:href|src|url|xlink:href)\s*[=(]\s*"([^"]*)"', run_page(record)))

    assert {one for one in addresses if not one.startswith("#")} <= {
        "data:,",
        "run.json",
        "junit.xml",
        "../index.html",
    }


@pytest.mark.parametrize(
    ("record", "own"),
    [(load_run(), "page.css"), (load_run(), "zoom.css"), (e2e_run(), "e2e.css")],
)
def test_a_style_sheet_loses_nothing_but_white_space(record: RunRecord, own: str) -> None:
    style = re.search(r"<style>(.*?)</style>", run_page(record), re.DOTALL)
    written = (zoom_script.TEMPLATES / own).read_text(encoding="utf-8")

    assert style is not None
    assert "".join(written.split()) in "".join(style[1].split())
    assert all(text in style[1] for text in re.findall(r'"[^"]*"', written))
    assert "clamp(1.5rem,1.1rem + 1.8vw,2.125rem)" in style[1]
    assert "\n" not in style[1].strip()


def test_the_first_heading_is_the_verdict() -> None:
    heading = re.search(r"<h1>(.*?)</h1>", run_page(load_run()), re.DOTALL)

    assert heading is not None
    assert "Holds: 8 configurations measured, every check passed." in heading[1]


def test_the_broker_the_command_and_the_cpu_bound_are_said() -> None:
    html = run_page(load_run())

    assert "<dt>RabbitMQ</dt><dd>4.0.5" in html
    assert "nox -s load -- --resolvers 1,2 --workers 1,2 --seed 1</pre>" in html
    assert "CPU-bound: more copies cannot help here" in html


def test_an_unknown_broker_shows_its_reason() -> None:
    attached = conditions(rabbitmq=None, reasons={"rabbitmq": "the stack is not ours"})

    assert "not known<small>the stack is not ours" in run_page(load_run(conditions=attached))


def test_a_percentile_without_its_samples_says_so_instead_of_a_figure() -> None:
    html = run_page(load_run())

    assert ">not enough samples<" in html.replace("\n", "")
    assert "None" not in html


def test_a_phase_without_rpc_shows_the_reason() -> None:
    run = load_run(points=[(1, 1)])
    first = run.configurations[0]
    common = phase()
    bare = replace(
        common, rpc_ms=None, reasons=common.reasons | {"rpc_ms": "no telemetry in the stack file"}
    )
    only = replace(first, repetitions=(replace(first.repetitions[0], common=bare),))

    assert "no telemetry in the stack file" in run_page(replace(run, configurations=(only,)))


def test_every_phase_missing_still_makes_a_page() -> None:
    run = load_run(points=[(1, 1)])
    names = ("warm_up", "closed", "open", "common")
    nothing = replace(
        run.configurations[0].repetitions[0],
        **dict.fromkeys(names),
        reasons=dict.fromkeys(names, "the stack died"),
    )
    only = replace(run.configurations[0], repetitions=(nothing,))

    html = run_page(replace(run, configurations=(only,)))

    assert "the stack died" in html
    assert "Unknown: 0 configurations measured" in html


def test_a_targets_page_shows_its_one_phase_and_asks_for_no_other() -> None:
    html = run_page(target_run())

    assert "Holds: 1 configuration measured, every check passed." in html
    assert "At the planned rate of 200 requests/s" in html
    assert "http://127.0.0.1:9000 was up already; nothing was started." in html
    assert "Closed loop" not in html
    assert "a target is measured at its rate alone" not in html


def test_a_tripped_gate_is_named_in_the_first_line() -> None:
    run = load_run(points=[(1, 1)])
    first = run.configurations[0]
    late = replace(phase(), lag_ms_p99=80.0, loop_gap_ms_max=70.0)
    only = replace(first, repetitions=(replace(first.repetitions[0], common=late),))

    html = run_page(replace(run, configurations=(only,)))

    heading = re.search(r"<h1>(.*?)</h1>", html, re.DOTALL)
    assert heading is not None
    assert "checks not passed (generator on time, generator never stalled)." in heading[1]


def test_a_point_that_was_left_out_of_a_sweep_says_not_run() -> None:
    assert run_page(load_run(points=[(1, 1), (2, 2)])).count(">not run</text>") == 8


def test_every_picture_has_a_name_and_a_description() -> None:
    html = run_page(load_run())

    assert html.count("<svg") == html.count('role="img"') == html.count("<desc>") > 10
    assert html.count("<title>") == html.count("<svg") + 1


def test_failures_stand_first_in_a_contract_run() -> None:
    html = run_page(e2e_run())
    rows = re.findall(r'<td><span class="verdict (\w+)">', html)

    assert rows == ["fail", "unknown", "pass", "pass", "pass", "pass"]
    assert "curl -X POST" in html


def test_the_list_of_runs_is_newest_first_and_names_what_cannot_be_read() -> None:
    run = load_run()
    older = replace(run, started_at=run.started_at - timedelta(days=1))
    html = index_page(
        [entry("older", older), entry("newer", run), entry("e2e", e2e_run())],
        [Unreadable(folder="broken", sentence=f"No record: {HOSTILE}")],
    )

    assert re.findall(r'href="(\w+)/index.html"', html) == ["newer", "e2e", "older"]
    assert "<code>broken</code>" in html
    assert "<script" not in html


def test_an_empty_list_says_how_to_fill_it() -> None:
    assert "nox -s load" in index_page([])
