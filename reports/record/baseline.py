"""Which failures an earlier run has had: they are known, and fail no later one."""

from pathlib import Path

from reports.record.failures import Identity
from reports.record.record import E2eRun, RecordError, read_record


def known(path: Path) -> frozenset[Identity]:
    """Return the identities of a contract run's failures, those that it knew itself included.

    `path` is a run's folder or its record. Raises RecordError where it is no such record.
    """
    record = read_record(path)
    if not isinstance(record, E2eRun):
        raise RecordError(
            f"Expected the record of a contract run at {path}, seen that of a {record.kind} run; "
            f"give one that `nox -s e2e` or `nox -s contract` has left."
        )
    return frozenset(one.identity for one in record.failures)
