"""What a run was held to: a line an SLO and configuration, with what was measured of it."""

from msgspec import Struct

from reports.judgement.objective_verdicts import in_words, objective_rows
from reports.judgement.verdicts import subject_of
from reports.record.record import LoadRun, Verdict


class ObjectiveLine(Struct, frozen=True, kw_only=True):
    """One SLO at one configuration, in words."""

    subject: str
    objective: str
    measured: str
    verdict: Verdict


def lines(record: LoadRun) -> list[ObjectiveLine]:
    """Return a line an SLO and configuration, in the order of the record."""
    return [
        ObjectiveLine(
            subject=subject_of(one.configuration, one.phase, target=record.target),
            objective=one.objective.text,
            measured=in_words(one.objective, one.found),
            verdict=one.said[0],
        )
        for one in objective_rows(record)
    ]
