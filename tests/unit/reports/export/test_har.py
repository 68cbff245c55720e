"""What is written as HAR holds all that HAR 1.2 requires, whatever was sent and answered."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reports.export.har import MOST_BODY_CHARACTERS, HarEntry, har
from reports.record.failures import SILENT, RecordedRequest, RecordedResponse, body

GATEWAY = "http://127.0.0.1:8000"
AT = datetime(2026, 11, 24, 9, 2, 11, tzinfo=UTC)
# The fields that the specification does not call optional, with their types.
Fields = Mapping[str, type | tuple[type, ...]]
NUMBER = (int, float)
LOG: Fields = {"version": str, "creator": dict, "entries": list}
CREATOR: Fields = {"name": str, "version": str}
ENTRY: Fields = {
    "startedDateTime": str,
    "time": NUMBER,
    "request": dict,
    "response": dict,
    "cache": dict,
    "timings": dict,
}
REQUEST: Fields = {
    "method": str,
    "url": str,
    "httpVersion": str,
    "cookies": list,
    "headers": list,
    "queryString": list,
    "headersSize": int,
    "bodySize": int,
}
RESPONSE: Fields = {
    "status": int,
    "statusText": str,
    "httpVersion": str,
    "cookies": list,
    "headers": list,
    "content": dict,
    "redirectURL": str,
    "headersSize": int,
    "bodySize": int,
}
CONTENT: Fields = {"size": int, "mimeType": str}
POST_DATA: Fields = {"mimeType": str, "params": list, "text": str}
TIMINGS: Fields = {"send": NUMBER, "wait": NUMBER, "receive": NUMBER}
PAIR: Fields = {"name": str, "value": str}

PLAIN = HarEntry(
    service="srv_goods",
    at=AT,
    took_s=0.0125,
    request=RecordedRequest(method="GET", target="/goods?tag=a&tag=&q=%FF+b"),
    answer=RecordedResponse(
        status=200, headers={"content-type": "application/json"}, body=body('["ü"]'.encode())
    ),
)
SENT = HarEntry(
    service="srv_goods",
    at=AT - timedelta(seconds=1),
    took_s=0.5,
    request=RecordedRequest(
        method="POST", target="/goods", headers={"Content-Type": "text/x"}, body=body(b"\xff\x00")
    ),
    answer=RecordedResponse(status=307, headers={"location": "/goods/"}, body=body(b"\xfe")),
    failed="POST /goods: other bytes",
)
SILENCE = HarEntry(
    service="srv_clients",
    at=AT + timedelta(seconds=1),
    took_s=15.0,
    request=RecordedRequest(method="PURGE", target="/"),
    answer=RecordedResponse(status=SILENT, headers={}, body=body(b"")),
)


def read(*entries: HarEntry) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(har(entries, GATEWAY))["log"]
    return log


def holds(part: Mapping[str, Any], fields: Fields) -> None:
    lacking = [name for name, kind in fields.items() if not isinstance(part.get(name), kind)]

    assert lacking == []


@pytest.mark.parametrize("entry", [PLAIN, SENT, SILENCE], ids=["plain", "bytes", "silence"])
def test_every_field_that_the_specification_requires_is_there(entry: HarEntry) -> None:
    log = read(entry)
    [one] = log["entries"]
    request, response = one["request"], one["response"]

    holds(log, LOG)
    holds(log["creator"], CREATOR)
    holds(one, ENTRY)
    holds(request, REQUEST)
    holds(response, RESPONSE)
    holds(response["content"], CONTENT)
    holds(one["timings"], TIMINGS)
    for pair in (*request["headers"], *request["queryString"], *response["headers"]):
        holds(pair, PAIR)
    assert log["version"] == "1.2"
    assert datetime.fromisoformat(one["startedDateTime"]) == entry.at
    assert ("postData" in request) == (entry.request.body is not None)


def test_the_time_of_an_entry_is_the_sum_of_its_timings_in_milliseconds() -> None:
    [one] = read(PLAIN)["entries"]

    assert one["time"] == 12.5
    assert sum(one["timings"].values()) == one["time"]


def test_a_repeated_and_an_empty_key_of_a_query_both_stand_in_it() -> None:
    [one] = read(PLAIN)["entries"]
    pairs = [(pair["name"], pair["value"]) for pair in one["request"]["queryString"]]

    assert pairs == [("tag", "a"), ("tag", ""), ("q", "\\xff b")]
    assert one["request"]["url"] == GATEWAY + PLAIN.request.target


def test_bytes_that_are_no_text_stand_in_base64_and_their_size_is_theirs() -> None:
    [one] = read(SENT)["entries"]
    content, data = one["response"]["content"], one["request"]["postData"]

    holds(data, POST_DATA)
    assert (content["text"], content["encoding"], content["size"]) == ("/g==", "base64", 1)
    assert (data["text"], data["mimeType"], one["request"]["bodySize"]) == ("/wA=", "text/x", 2)
    assert (data["_encoding"], "encoding" in data) == ("base64", False)
    assert one["response"]["redirectURL"] == "/goods/"


def test_entries_stand_in_the_order_of_their_start_with_what_failed() -> None:
    told = [one["comment"] for one in read(PLAIN, SILENCE, SENT)["entries"]]

    assert told == ["POST /goods: other bytes", "srv_goods", "srv_clients"]


def test_a_long_body_is_cut_and_says_so_and_keeps_its_size() -> None:
    long = RecordedResponse(status=200, headers={}, body=body(b"x" * (MOST_BODY_CHARACTERS + 1)))
    entry = HarEntry(service="s", at=AT, took_s=0.1, request=PLAIN.request, answer=long)

    content = read(entry)["entries"][0]["response"]["content"]

    assert len(content["text"]) == MOST_BODY_CHARACTERS
    assert content["comment"] == "cut"
    assert content["size"] == MOST_BODY_CHARACTERS + 1
