"""Documents held against each other with nothing running: `python -m contract_tests drift A B`."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, Final

import msgspec
import typer

from contract_tests.command.drift_options import OUTPUT, DriftOptions, Format
from contract_tests.command.named_documents import compared_documents
from contract_tests.drift.telling.drift_reports import ComparedDocuments
from contract_tests.drift.telling.rule_files import rules_in
from reports.judgement.drift_verdicts import drift_headline, drift_verdict
from reports.judgement.verdicts import exit_code
from reports.record.atomic_files import write_whole
from reports.record.document_drift import DriftReport
from reports.record.errors import RecordError
from reports.record.number_formats import visible
from testcontainers_fixtures.command_options import application, taking
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.http_client import trust
from testcontainers_fixtures.output.exit_codes import ExitCode
from testcontainers_fixtures.output.redaction import hidden, hidden_in
from testcontainers_fixtures.stack_file.drift_spec import Drift
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file

# Where GitHub's runner reads commands, or has a page for a summary.
_ACTIONS: Final = ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY")
_FOR_PEOPLE: Final[tuple[Format, ...]] = ("text", "markdown")

app = application()


@app.command()
@taking(DriftOptions)
def drift(given: DriftOptions) -> None:
    """Tell where a gateway's OpenAPI document differs from its services', with nothing running.

    Each difference is told once, with the places that it reaches, and what it does there to who
    calls the gateway and goes by its document: breaks callers or refuses what was served (errors),
    promises too little (a warning), words only (a note).

    Where a service's paths are others at the gateway, that is read from the documents' `servers`,
    or from `[contract] paths` of --stack FILE.

    Exit codes: 0 no difference from the level of --fail-on on, 1 one or more, 2 bad input, 3
    something could not be read, and all else agrees (1 with --strict, 0 with --tolerant).
    """
    try:
        trust.trust(given.ca_file)
        trust.show(given.client_cert, given.client_key)
        spec = read_stack_file(given.stack) if given.stack else None
        rules = _rules(given, spec)
        compared = compared_documents(given, spec)
        report = hidden_in(compared.report(rules, datetime.now(UTC).astimezone().date()))
        _tell(given, compared, report)
    except (SpecError, RecordError) as error:
        raise _refused(str(error)) from error
    except KeyboardInterrupt as error:
        raise typer.Exit(ExitCode.INTERRUPTED) from error
    said, judged = drift_verdict(report), report.operations > 0
    code = exit_code(said, judged=judged, strict=given.strict, tolerant=given.tolerant)
    raise typer.Exit(code)


def _rules(given: DriftOptions, spec: StackSpec | None) -> Drift:
    """Return the rules of all files that were named; the option goes before what they say."""
    known = [spec.contract.drift] if spec else []
    known += [rules_in(given.ignore)] if given.ignore else []
    ignore = tuple(rule for one in known for rule in one.ignore)
    said = next(reversed(known), Drift())
    return Drift(ignore=ignore, fail_on=given.fail_on or said.fail_on)


def _tell(given: DriftOptions, compared: ComparedDocuments, report: DriftReport) -> None:
    text = _FORMS[given.format](report, compared)
    if given.output:
        write_whole(given.output, text, OUTPUT)
        typer.echo(visible(drift_headline(report)))
        typer.echo(visible(f"Report: {given.output}"))
    else:
        typer.echo(text, nl=False)
    if given.format != "github" and any(os.environ.get(name) for name in _ACTIONS):
        aside = not given.output and given.format not in _FOR_PEOPLE
        _imported("reports.export.ci").tell_ci_of_drift(
            report, lambda line: typer.echo(line, err=aside)
        )


def _refused(sentence: str) -> typer.Exit:
    typer.echo(visible(hidden(sentence)), err=True)
    if os.environ.get(_ACTIONS[0]):
        ci = _imported("reports.export.ci")
        ci.tell_ci_of_ending("drift", hidden(sentence), lambda line: typer.echo(line, err=True))
    return typer.Exit(ExitCode.BAD_INPUT)


def _imported(module: str) -> Any:  # noqa: ANN401 -- a module
    """Import what only one form needs: a comparison takes less time than all of them do."""
    return import_module(module)


def _json(report: DriftReport, _: ComparedDocuments) -> str:
    said = {"verdict": drift_verdict(report), "headline": drift_headline(report)}
    whole = said | msgspec.to_builtins(report)
    return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode() + "\n"


def _junit(report: DriftReport, compared: ComparedDocuments) -> str:
    text: str = _imported("reports.export.drift_junit").drift_junit(report, compared.operations())
    return text


def _github(report: DriftReport, _: ComparedDocuments) -> str:
    lines = _imported("reports.export.drift_annotations").drift_commands(report)
    return "\n".join(lines) + "\n"


def _made_by(module: str, function: str) -> Callable[[DriftReport, ComparedDocuments], str]:
    return lambda report, _: getattr(_imported(module), function)(report)


_FORMS: Final[dict[Format, Callable[[DriftReport, ComparedDocuments], str]]] = {
    "text": _made_by("reports.export.drift_text", "drift_text"),
    "json": _json,
    "markdown": _made_by("reports.export.drift_summary", "drift_markdown"),
    "junit": _junit,
    "html": _made_by("reports.page.drift_page", "drift_page"),
    "github": _github,
}
