"""What `--out` takes, and what it refuses before anything is started."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests.command import figures_out_options
from loadtests.command.figures_out_options import figures_out_of
from testcontainers_fixtures.errors import MissingNeedError, SpecError


def test_each_kind_has_a_file_of_its_own(tmp_path: Path) -> None:
    made = figures_out_of([f"csv={tmp_path}/a.csv", f"openmetrics={tmp_path}/b=c.txt"])

    assert (made.csv, made.openmetrics) == (tmp_path / "a.csv", tmp_path / "b=c.txt")


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        pytest.param(["xml=a"], "takes csv=FILE or openmetrics=FILE; got 'xml=a'.", id="kind"),
        pytest.param(["cvs=a"], "got 'cvs=a' (did you mean `csv`?).", id="a slip"),
        pytest.param(["csv="], "takes csv=FILE or openmetrics=FILE; got 'csv='.", id="no file"),
        pytest.param(["csv=a", "csv=b"], "--out csv=FILE is given twice; give it once.", id="two"),
        pytest.param(["csv=a", "openmetrics=a"], "names one file for both kinds", id="one file"),
        pytest.param(["csv=no/where/a"], "but there is no folder", id="no folder"),
        pytest.param(["csv=."], "is no file; name another.", id="a folder"),
        pytest.param(["csv=/dev/null"], "but /dev/null is no file", id="a device"),
        pytest.param(["csv=/proc/a"], "but /proc takes none: ", id="no right"),
    ],
)
def test_what_cannot_be_written_is_refused_in_one_sentence(texts: list[str], said: str) -> None:
    with pytest.raises(SpecError) as caught:
        figures_out_of(texts)

    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.fixture
def collector() -> Iterator[str]:
    """Give the URL of something that listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_collector_is_a_base_url_where_somebody_listens(collector: str) -> None:
    assert figures_out_of([], f"{collector}/otlp/").otlp == f"{collector}/otlp"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param("127.0.0.1:4318", "takes a collector's base URL such as", id="no scheme"),
        pytest.param("http://127.0.0.1:x", "takes a collector's base URL such as", id="no port"),
        pytest.param("http://a:hush@b:1", "got 'http://a:***@b:1'", id="a password"),
        pytest.param("http://127.0.0.1:1", "but: connection refused; start it, or", id="nobody"),
    ],
)
def test_where_no_collector_is_it_is_said_in_one_sentence(url: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        figures_out_of([], url)

    assert said in str(caught.value)


def test_without_the_sdk_it_is_said_what_to_install(
    collector: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures_out_options, "find_spec", lambda _: None)

    with pytest.raises(MissingNeedError, match="dependency group `otlp`"):
        figures_out_of([], collector)
