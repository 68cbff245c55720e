"""What `--out` takes, and what it refuses before anything is started."""

from pathlib import Path

import pytest

from loadtests.command.figures_out_options import figures_out_of
from testcontainers_fixtures.errors import SpecError


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
