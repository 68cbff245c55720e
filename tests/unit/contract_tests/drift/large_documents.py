"""Makes large documents of the kinds that are published, and compares one with itself.

`python tests/unit/contract_tests/drift/large_documents.py KIND [PREFIX]` prints the size of the
document in bytes, the differences found, the seconds of processor time that took, and the most
memory held. With a prefix the gateway's schemas have other names.
"""

import json
import re
import resource
import sys
import time
from collections.abc import Callable
from typing import Any, Final

Document = dict[str, Any]
REFERENCE: Final = "#/components/schemas/"
_MEGABYTE: Final = 1024


def models(count: int = 300, fields: int = 20) -> Document:
    """Return many models, each of which leads to two others, read and written."""
    schemas = {f"Model{n}": _model(n, count, fields) for n in range(count)}
    content = {f"Model{n}": _json({"$ref": f"{REFERENCE}Model{n}"}) for n in range(count)}
    paths = {
        f"/models{n}": {
            "get": {
                "parameters": [
                    {"name": f"p{m}", "in": "query", "schema": {"type": "integer", "maximum": m}}
                    for m in range(6)
                ],
                "responses": {"200": {"description": "one", "content": content[f"Model{n}"]}},
            },
            "post": {
                "requestBody": {"content": content[f"Model{n}"]},
                "responses": {"201": {"description": "one", "content": content[f"Model{n}"]}},
            },
        }
        for n in range(count)
    }
    return _document(paths, schemas, "3.0.3")


def deep_objects(count: int = 220, fields: int = 16) -> Document:
    """Return operations with filters in the query, each an object of objects (`deepObject`)."""
    names = [f"field{n}" for n in range(fields)]
    paths = {}
    for number in range(count):
        leaf = {"type": "string", "maxLength": number + 1, "description": "what is compared"}
        one = {"type": "object", "properties": dict.fromkeys(("eq", "gt", "lt", "in"), leaf)}
        schema = {"type": "object", "properties": dict.fromkeys(names, one)}
        parameter = {"name": "filter", "in": "query", "style": "deepObject", "schema": schema}
        get = {"parameters": [parameter], "responses": {"200": {"description": "all"}}}
        paths[f"/things{number}"] = {"get": get}
    return _document(paths, {}, "3.1.0")


def filters(kinds: int = 6, operations: int = 400, own: int = 900) -> Document:
    """Return filters that are made of each other, in the bodies of many operations."""
    names = ("must", "should", "must_not", "min_should", "nested", "key")
    schemas = {
        f"Filter{kind}": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                name: {"anyOf": [*_one_or_many(f"Filter{other}"), {"type": "null"}]}
                for other, name in enumerate(names)
            }
            | {f"own{kind}-{m}": {"type": "string", "maxLength": m + 1} for m in range(own)},
        }
        for kind in range(kinds)
    }
    paths = {
        f"/search{n}": {
            "post": {
                "requestBody": {"content": _json({"$ref": f"{REFERENCE}Filter{n % kinds}"})},
                "responses": {"200": {"description": "all"}},
            }
        }
        for n in range(operations)
    }
    return _document(paths, schemas, "3.1.0")


def unions(kinds: int = 80, operations: int = 120) -> Document:
    """Return events, each one of many, by the field that tells which."""
    events = {
        f"Event{n}": {
            "type": "object",
            "required": ["kind", "data"],
            "properties": {
                "kind": {"const": f"event-{n}"},
                "data": {
                    "type": "object",
                    "properties": {
                        f"field{m}": {"type": "string", "maxLength": n + m + 1} for m in range(60)
                    },
                },
                "cause": {"$ref": f"{REFERENCE}Event"},
            },
        }
        for n in range(kinds)
    }
    union = {"oneOf": [{"$ref": f"{REFERENCE}{name}"} for name in events]}
    content = _json({"$ref": f"{REFERENCE}Event"})
    get = {"responses": {"200": {"description": "one", "content": content}}}
    paths = {f"/events{n}": {"get": get} for n in range(operations)}
    return _document(paths, {**events, "Event": union}, "3.1.0")


def nodes(count: int = 400, fields: int = 8) -> Document:
    """Return trees, each of whose nodes leads to its own kind three times, written and read."""
    schemas = {
        f"Node{n}": {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {"type": "string", "maxLength": n + 1},
                **{f"field{m}": {"type": "string", "maxLength": m + 1} for m in range(fields)},
                "left": {"$ref": f"{REFERENCE}Node{n}"},
                "right": {"anyOf": [{"$ref": f"{REFERENCE}Node{n}"}, {"type": "null"}]},
                "others": {"type": "array", "items": {"$ref": f"{REFERENCE}Node{n}"}},
            },
        }
        for n in range(count)
    }
    paths = {f"/trees{n}": _written_and_read(f"Node{n}") for n in range(count)}
    return _document(paths, schemas, "3.1.0")


def overlays(count: int = 400, fields: int = 8) -> Document:
    """Return models that are others with more to them (`allOf`), or null, with words to choose."""
    words = [f"word-{n}" for n in range(12)]
    schemas: Document = {
        "Base": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
    }
    for n in range(count):
        own = {f"field{m}": {"type": "string", "maxLength": n + m + 1} for m in range(fields)}
        below = {"$ref": f"{REFERENCE}{f'Over{n // 2}' if n else 'Base'}"}
        chosen = {"kind": {"type": "string", "enum": words, "nullable": True}}
        held = {"held": {"allOf": [{"$ref": f"{REFERENCE}Base"}], "nullable": True}}
        over = {"type": "object", "properties": {**own, **chosen, **held}}
        schemas[f"Over{n}"] = {"allOf": [below, over]} if n else over
    paths = {f"/overs{n}": _written_and_read(f"Over{n}") for n in range(count)}
    return _document(paths, schemas, "3.0.3")


def _written_and_read(name: str) -> Document:
    content = _json({"$ref": f"{REFERENCE}{name}"})
    return {
        "get": {"responses": {"200": {"description": "one", "content": content}}},
        "post": {
            "requestBody": {"content": content},
            "responses": {"201": {"description": "one", "content": content}},
        },
    }


KINDS: Final[dict[str, Callable[[], Document]]] = {
    "models": models,
    "deep_objects": deep_objects,
    "filters": filters,
    "unions": unions,
    "nodes": nodes,
    "overlays": overlays,
}


def _model(number: int, count: int, fields: int) -> Document:
    texts = {
        f"field{m}": {"type": "string", "maxLength": m + 1, "description": "a text of some kind"}
        for m in range(fields)
    }
    others = {
        "next": {"$ref": f"{REFERENCE}Model{(number * 7 + 1) % count}"},
        "parts": {
            "type": "array",
            "items": {"$ref": f"{REFERENCE}Model{(number * 3 + 2) % count}"},
        },
    }
    return {"type": "object", "required": ["field1"], "properties": {**texts, **others}}


def _one_or_many(name: str) -> list[Document]:
    one = {"$ref": f"{REFERENCE}{name}"}
    return [one, {"type": "array", "items": one}]


def _json(schema: Document) -> Document:
    return {"application/json": {"schema": schema}}


def _document(paths: Document, schemas: Document, version: str) -> Document:
    head = {"openapi": version, "info": {"title": "large", "version": "1"}}
    return {**head, "paths": paths, "components": {"schemas": schemas}}


def _renamed(text: str, prefix: str) -> str:
    """Return a document whose shared schemas have other names."""
    names = json.loads(text)["components"]["schemas"]
    for name in names:
        text = text.replace(f'{REFERENCE}{name}"', f'{REFERENCE}{prefix}{name}"')
        text = text.replace(f'"{name}": {{', f'"{prefix}{name}": {{')
    return text


def _looser(text: str) -> str:
    """Return a document in which every text may be longer."""
    return re.sub(r'"maxLength": (\d+)', lambda said: f'"maxLength": {int(said[1]) + 1}', text)


def main(kind: str, prefix: str = "", changed: str = "") -> None:
    """Compare a document with a copy of itself, and print what that took as JSON.

    `changed` has every text of the copy be longer.
    """
    from contract_tests.drift.document_comparison import (  # noqa: PLC0415 -- not what is timed
        drift,
        unread,
    )
    from contract_tests.drift.telling.shared_differences import (  # noqa: PLC0415 -- as above
        told_once,
    )

    text = json.dumps(KINDS[kind]())
    copied = _renamed(_looser(text) if changed else text, prefix)
    ours, theirs = json.loads(copied), json.loads(text)
    began_s = time.process_time()
    found = drift({"large": theirs}, ours)
    took_s = time.process_time() - began_s
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = {"bytes": len(text), "differences": len(found), "processor_s": round(took_s, 2)}
    told["told"] = len(told_once(found))
    told["unread"] = len(unread({"large": ours}))
    sys.stdout.write(json.dumps({**told, "most_mb": most // _MEGABYTE}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
