"""Sends a run's figures and some of its requests to an OTLP collector, by OpenTelemetry's SDK.

Imported where `--otlp` was given, and not before: the SDK need not be installed.
"""

import logging
import os
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit

import requests
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricExportResult
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import SpanKind, Status, StatusCode

from loadtests.sweep.outputs.traced_requests import TracedRequest
from reports.export.run_figures import PREFIX, FigureFamily
from reports.record.errors import RecordError

SENT_WITHIN_S: Final = 10.0
SPANS_AT_ONCE: Final = 500
_SERVICE: Final = "gatewaybench"
# What Prometheus makes of these units is the ending that an OpenMetrics name has.
_UNITS: Final = {"seconds": "s", "bytes": "By", "ratio": "1", "per_second": "{request}/s", "": ""}
_LOOPBACK: Final = ("localhost", "127.", "::1")


class OtlpExport:
    """Sends to the collector at a base URL; raises RecordError where it does not take it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        # A proxy of the environment is never for this machine.
        host = urlsplit(url).hostname or ""
        self._session.trust_env = not host.startswith(_LOOPBACK)
        named = {} if "OTEL_SERVICE_NAME" in os.environ else {SERVICE_NAME: _SERVICE}
        self._resource = Resource.create(named)
        # What goes wrong is said once, by us.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)

    def __repr__(self) -> str:
        """Show where it sends to."""
        return f"<OtlpExport {self._url}>"

    def send_figures(self, families: Iterable[FigureFamily]) -> int:
        """Send each value as a point of its metric; return how many there were."""
        reader = InMemoryMetricReader()
        provider = MeterProvider([reader], resource=self._resource, shutdown_on_exit=False)
        meter, count = provider.get_meter(_SERVICE), 0
        for one in families:
            count += len(one.points)
            monotonic = one.kind == "counter"
            add = meter.create_observable_counter if monotonic else meter.create_observable_gauge
            add(_name(one), [_Points(one)], unit=_UNITS[one.unit], description=one.text)
        data = reader.get_metrics_data()
        exporter = OTLPMetricExporter(
            f"{self._url}/v1/metrics", session=self._session, timeout=SENT_WITHIN_S
        )
        sent = data is not None and exporter.export(data) is MetricExportResult.SUCCESS
        self._check("figures", sent=sent)
        return count

    def send_requests(self, chosen: Iterable[TracedRequest], trial: str) -> int:
        """Send a span for each request, with the ids that the system got; return how many."""
        spans = list(self._spans(chosen, trial))
        exporter = OTLPSpanExporter(
            f"{self._url}/v1/traces", session=self._session, timeout=SENT_WITHIN_S
        )
        for first in range(0, len(spans), SPANS_AT_ONCE):
            result = exporter.export(spans[first : first + SPANS_AT_ONCE])
            self._check("requests", sent=result is SpanExportResult.SUCCESS)
        return len(spans)

    def _spans(self, chosen: Iterable[TracedRequest], trial: str) -> Iterator[ReadableSpan]:
        ids, ended = _GivenIds(), _Ended()
        provider = TracerProvider(
            sampler=ALWAYS_ON, resource=self._resource, id_generator=ids, shutdown_on_exit=False
        )
        provider.add_span_processor(ended)
        tracer = provider.get_tracer(_SERVICE)
        for one in chosen:
            ids.next = one
            span = tracer.start_span(
                one.name,
                kind=SpanKind.CLIENT,
                attributes=one.attributes | {"gatewaybench.trial": trial},
                start_time=one.begin_ns,
            )
            if not one.is_good:
                span.set_status(Status(StatusCode.ERROR, one.reason))
            span.end(one.end_ns)
        yield from ended.spans

    def _check(self, what: str, *, sent: bool) -> None:
        if not sent:
            raise RecordError(
                f"Expected the OTLP collector at {self._url} to take the run's {what}; it did not "
                f"within {SENT_WITHIN_S:.0f} s. The record and its page are whole."
            )


class _GivenIds(IdGenerator):
    next: TracedRequest

    def generate_trace_id(self) -> int:
        return self.next.trace_id

    def generate_span_id(self) -> int:
        return self.next.span_id


class _Ended(SpanProcessor):
    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def on_end(self, span: ReadableSpan) -> None:
        self.spans.append(span)


class _Points:
    def __init__(self, family: FigureFamily) -> None:
        self._family = family

    def __call__(self, options: CallbackOptions) -> Iterator[Observation]:
        _ = options
        for labels, value in self._family.points:
            yield Observation(value, labels)


def _name(one: FigureFamily) -> str:
    """Return a metric's name, whose unit stands beside it: gatewaybench.response."""
    bare = one.name.removeprefix(f"{PREFIX}_").removesuffix(f"_{one.unit}" if one.unit else "")
    return f"{PREFIX}.{bare}" + (".info" if one.kind == "info" else "")
