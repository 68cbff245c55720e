"""Forms are drafted as bytes that every reader of forms takes for the same fields."""

from io import BytesIO
from typing import Any

import pytest
from werkzeug.formparser import parse_form_data

from contract_tests.drift.documents import Operation, operations
from contract_tests.stories.form_bodies import FormBody, form_bodies, takes_form

FIELDS = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "const": "a b"},
        "content": {"type": "string", "format": "binary"},
    },
    "required": ["title", "content"],
}


def operation(kind: str, schema: dict[str, Any] = FIELDS) -> Operation:
    body = {"required": True, "content": {kind: {"schema": schema}}}
    answers = {"200": {"description": ""}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/files": {"post": {"requestBody": body, "responses": answers}}},
    }
    return operations(document)["POST", "/files"]


MULTIPART = list(form_bodies(operation("multipart/form-data")))
URL_ENCODED = list(form_bodies(operation("application/x-www-form-urlencoded")))


def _lower(kind: str) -> str:
    """Return a media type with its names in lower case, which not every reader of them needs."""
    head, mark, boundary = kind.rpartition("oundary=")
    return head.lower() + mark + boundary if mark else kind


def read(body: FormBody) -> tuple[dict[str, list[str]], dict[str, bytes]]:
    about = {
        "wsgi.input": BytesIO(body.content),
        "CONTENT_TYPE": _lower(body.kind),
        "CONTENT_LENGTH": str(len(body.content)),
        "REQUEST_METHOD": "POST",
    }
    _, form, files = parse_form_data(about, max_form_memory_size=None)
    held = {name: one.read() for name, one in files.items()}
    for several in files.listvalues():
        for one in several:
            one.close()
    return form.to_dict(flat=False), held


@pytest.mark.parametrize("number", range(len(MULTIPART)))
def test_a_multipart_body_has_its_fields(number: int) -> None:
    form, files = read(MULTIPART[number])

    assert {*form, *files} == {"title", "content"}
    assert form.get("title", ["a b"])[0] == "a b"


def test_a_file_holds_bytes_of_every_value_and_what_looks_like_an_end() -> None:
    held = [read(body)[1].get("content", b"") for body in MULTIPART]

    assert any(bytes(range(256)) in one for one in held)
    assert any(one.startswith(b"\r\n--") for one in held)
    assert b"" in held
    assert max(map(len, held)) > 200_000


def test_a_url_encoded_body_is_written_in_more_ways_than_one() -> None:
    plain = [body.content for body in URL_ENCODED]

    assert len(set(plain)) >= 12
    assert sum(read(body)[0].get("title", [""])[0].startswith("a b") for body in URL_ENCODED) >= 10
    assert any(b"+" in one for one in plain)
    assert any(b"%20" in one for one in plain)
    assert any(b"%c3%a9" in one for one in plain)
    assert any(b" " in one for one in plain)


@pytest.mark.parametrize(
    ("kind", "taken"),
    [
        ("multipart/form-data", True),
        ("Application/X-WWW-Form-Urlencoded; charset=utf-8", True),
        ("application/json", False),
        ("multipart/mixed", False),
    ],
)
def test_what_is_a_form_is_told_by_its_media_type(kind: str, *, taken: bool) -> None:
    one = operation(kind)

    assert takes_form(one) is taken
    assert bool(list(form_bodies(one))) is taken


def test_a_form_whose_fields_nobody_names_has_one_of_ours() -> None:
    [first, *_] = form_bodies(operation("multipart/form-data", {}))

    assert read(first)[0]
