"""The gateway's own OpenAPI document says what the services' documents say."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from msgspec.structs import replace

from contract_tests.drift.counterexamples import SOUGHT_S, CounterexampleSearch, SearchOutcome
from contract_tests.drift.document_comparison import document_differences, unread
from contract_tests.drift.document_sources import GATEWAY
from contract_tests.drift.documents import operations
from contract_tests.drift.drift_sentences import DocumentDifference
from contract_tests.drift.schemas.vacuous_schemas import vacuous
from contract_tests.drift.telling.full_sentences import in_full, reached
from contract_tests.drift.telling.ignored_differences import SortedDifferences, sorted_out
from contract_tests.drift.telling.shared_differences import SharedDifference, told_once
from contract_tests.hops.http_methods import SAFE
from contract_tests.recording.failures import differing, plain, recorded, sent
from contract_tests.recording.session_findings import FAIL_ON_OPTION, Findings, told
from contract_tests.stories.broken_promises import short
from reports.judgement.drift_verdicts import CUT, fails, rules_fail
from reports.record.failures import Failure, Identity
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.stack_file.drift_spec import Drift
from testcontainers_fixtures.taps.records import TapReader

DRIFT: Final = "drift on paper"
VACUOUS: Final = "a promise of nothing"
ON_PAPER: Final = "documents say the same whenever they are read"
HARMLESS: Final = "harmless today: gateway and service answer alike"
SEEDED: Final = "seeded"
Documents = dict[str, dict[str, Any]]
Kept = tuple[SharedDifference, str]


@pytest.fixture(scope="module")
def rules(stack: Stack, pytestconfig: pytest.Config) -> Drift:
    """Return what the stack file says of drift; the command line goes before what it fails on."""
    said = stack.spec.contract.drift
    return replace(said, fail_on=pytestconfig.getoption(FAIL_ON_OPTION) or said.fail_on)


@pytest.fixture(scope="module")
def differing_documents(
    stack: Stack, documents: Documents, findings: Findings
) -> SortedDifferences:
    """Return what the documents say differently, told once, by what the stack file ignores."""
    services = {name: one for name, one in documents.items() if name}
    if GATEWAY not in documents:
        pytest.skip("The stack file names no openapi of the gateway: nothing to hold on paper.")
    contract = stack.spec.contract
    compared = document_differences(services, documents[GATEWAY], asks=stack.spec.asks_who_comes)
    findings.notes += [CUT] if compared.is_cut else []
    # One that is up may stand before services of which nothing was said.
    known = [one for one in compared.found if one.service or stack.ours]
    found = [one for one in known if not findings.left_out.on_paper(one.operation, one.where)]
    today = datetime.now(UTC).astimezone().date()
    return sorted_out(told_once(found), contract.drift.ignore, today)


@pytest.mark.timeout(180)
def test_the_gateway_publishes_what_its_services_publish(  # noqa: PLR0913, PLR0917 -- one a fixture
    request: pytest.FixtureRequest,
    stack: Stack,
    documents: Documents,
    findings: Findings,
    differing_documents: SortedDifferences,
    rules: Drift,
) -> None:
    for service, document in documents.items():
        for operation in operations(document).values() if service else ():
            findings.put(service, operation.label, ["paper"])
    findings.notes += _let_be(differing_documents, rules)
    found = _failing(differing_documents, rules)
    failures = _failures(found, request.node.nodeid)
    for one in failures:
        findings.note(one)  # it stands, whatever becomes of the search for its request
    pairs = zip((_representative(one) for one, _ in found), failures, strict=True)
    fresh = [one for one in _shown(stack, documents, findings, pairs) if findings.note(one)]

    assert not fresh, told(fresh, findings.record)


def test_every_rule_that_ignores_drift_is_of_use(
    stack: Stack, documents: Documents, differing_documents: SortedDifferences, rules: Drift
) -> None:
    if not rules.ignore:
        pytest.skip("The stack file ignores no drift: there is no rule to look at.")
    if not set(stack.spec.owners) <= set(documents):
        pytest.skip("A rule may be about a service whose document is not known here.")

    useless = differing_documents.useless if rules_fail(rules.fail_on) else ()

    assert not useless, "\n".join(useless)


def test_every_place_of_the_documents_can_be_read(
    request: pytest.FixtureRequest, documents: Documents
) -> None:
    if not documents:
        pytest.skip("No document is published: there is nothing to read.")
    lost = [sentence for one in unread(documents) for sentence in one.sentences]
    if lost:
        request.applymarker("unjudged")  # what stands there is compared with nothing

    assert not lost, "\n".join(lost)


def test_no_published_answer_is_a_promise_of_nothing(
    request: pytest.FixtureRequest, documents: Documents, findings: Findings
) -> None:
    if not any(operations(one) for one in documents.values()):
        pytest.skip("No document publishes an operation.")
    found = [
        Failure(
            service=name,
            operation=sentence.partition(",")[0],
            check=VACUOUS,
            kind=sentence.partition(", ")[2],
            method="paper",
            sentence=sentence,
            test=request.node.nodeid,
            repeated="reproducible",
            repetition=ON_PAPER,
        )
        for name, one in documents.items()
        for sentence in vacuous(one)
    ]
    fresh = [one for one in found if findings.note(one)]

    assert not fresh, told(fresh, findings.record)


def _failing(sorted_: SortedDifferences, rules: Drift) -> list[Kept]:
    return [(one, remark) for one, remark in sorted_.kept if fails(one.effects, rules.fail_on)]


def _let_be(sorted_: SortedDifferences, rules: Drift) -> Iterator[str]:
    """Yield what differs and fails nothing, with the reason."""
    for one, rule in sorted_.ignored:
        until = f" until {rule.until}" if rule.until else ""
        yield plain(f"Ignored{until} ({rule.because}): {in_full(one)}")
    for one, remark in sorted_.kept:
        if not fails(one.effects, rules.fail_on):
            yield plain(f"Fails nothing, being a {one.level}: {in_full(one, remark)}")


def _representative(one: SharedDifference) -> DocumentDifference:
    """Return the place of a difference at which a request may show it."""
    return next((each for each in one.members if each.at), one.first)


def _failures(found: Sequence[Kept], test: str) -> list[Failure]:
    """Return differences as failures; a second one at a place is known by its sentence as well."""
    failures: dict[Identity, Failure] = {}
    for shared, remark in found:
        one, failure = shared.first, _failure(shared, remark, test)
        if failure.identity in failures:
            failure = replace(failure, kind=plain(one.sentence.removeprefix(f"{one.operation}, ")))
        failures[failure.identity] = failure
    return list(failures.values())


def _failure(shared: SharedDifference, remark: str, test: str) -> Failure:
    one = shared.first
    return Failure(
        service=one.service,
        operation=one.operation,
        reaches=reached(shared),
        check=DRIFT,
        kind=one.where,
        method="paper",
        sentence=plain(in_full(shared, remark)),
        test=test,
        data=SEEDED,
        hops=("gateway",),
        repeated="reproducible",
        repetition=ON_PAPER,
    )


def _shown(
    stack: Stack,
    documents: Documents,
    findings: Findings,
    pairs: Iterable[tuple[DocumentDifference, Failure]],
) -> Iterator[Failure]:
    """Yield the failures, each with the request that shows it, or with what came of the search.

    A request that wrote has both sides start over, so that the next one shows its own difference.
    """
    with ExitStack() as held:
        taps = {n: held.enter_context(TapReader(url)) for n, url in stack.taps.items()}
        searches = _searches(stack, documents, findings, taps)
        clean = False
        for difference, failure in pairs:
            search = searches.get(difference.service)
            if search is None:
                yield failure
                continue
            if stack.ours and not clean:
                stack.reset()
                findings.fresh()
            sought = search(difference)
            clean = not sought.asked or difference.operation.partition(" ")[0] in SAFE
            yield _with(sought, failure, findings)


def _searches(
    stack: Stack, documents: Documents, findings: Findings, taps: Mapping[str, TapReader]
) -> dict[str, CounterexampleSearch]:
    until_s = time.monotonic() + SOUGHT_S
    return {
        name: CounterexampleSearch(
            documents[name],
            documents[GATEWAY],
            gateway=stack.doorstep,
            twin=url,
            promises=stack.spec.contract,
            until_s=until_s,
            paths=findings.agreement.of(name),
            tap=taps.get(name),
        )
        for name, url in stack.twins.items()
        if name in documents
    }


def _with(sought: SearchOutcome, failure: Failure, findings: Findings) -> Failure:
    if sought.counterexample is None:
        return replace(failure, sentence=plain(f"{failure.sentence}{_for_want(sought)}"))
    counterexample, base = sought.counterexample, findings.gateway
    request, answer = sent(counterexample.sent, base), recorded(counterexample.gateway)
    findings.journal.note(failure.service, request, answer, sought.counterexample.took_s)
    differs = sought.counterexample.mismatches[0].sentence
    shown = f"Shown by {request.method} {short(request.target)}: {differs}."
    return replace(
        failure,
        sentence=plain(f"{failure.sentence} {shown}"),
        request=request,
        gateway=answer,
        twin=recorded(sought.counterexample.twin),
        differences=differing(sought.counterexample.mismatches),
    )


def _for_want(sought: SearchOutcome) -> str:
    """Return in words why there is no request; nothing of what no request could show."""
    if sought.why:
        return f" (no request found that shows it: {sought.why})"
    return f" ({HARMLESS} to {sought.asked} requests about it)" if sought.harmless else ""
