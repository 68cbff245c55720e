"""Writes a load run's figures in OpenMetrics 1.0, which Prometheus and its kin read."""

from collections.abc import Iterator
from typing import Final

from reports.export.run_figures import FigureFamily, Labels, families
from reports.record.record import LoadRun

# What the format has a sample's name end with.
_ENDINGS: Final = {"counter": "_total", "info": "_info", "gauge": "", "summary": ""}
_ESCAPED: Final = str.maketrans({"\\": "\\\\", "\n": "\\n", '"': '\\"'})


def openmetrics_text(record: LoadRun) -> str:
    """Return the whole of an exposition, with its end."""
    lines = [line for one in families(record) for line in _family(one)]
    return "\n".join([*lines, "# EOF"]) + "\n"


def _family(one: FigureFamily) -> Iterator[str]:
    yield f"# TYPE {one.name} {one.kind}"
    if one.unit:
        yield f"# UNIT {one.name} {one.unit}"
    yield f"# HELP {one.name} {one.text.translate(_ESCAPED)}"
    for labels, value in one.points:
        yield f"{one.name}{_ENDINGS[one.kind]}{_labels(labels)} {value:.12g}"


def _labels(labels: Labels) -> str:
    inside = ",".join(f'{name}="{value.translate(_ESCAPED)}"' for name, value in labels.items())
    return f"{{{inside}}}" if inside else ""
