"""Writes a scenario for an OpenAPI document: operations as calls, with ids kept from creates."""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast

import jsonschema_rs
import msgspec

from loadtests.command.body_templates import UNFIT, bodies, with_known_references
from loadtests.command.schema_templates import NoTemplateError, SchemaTemplates, placeholder
from loadtests.plan.calls import prepared
from loadtests.plan.plan import PlannedCall
from loadtests.plan.random_values import draws
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.scenario_spec import Call

METHODS: Final = ("get", "head", "post", "put", "patch", "delete")
READS_WEIGH: Final = 3
USUAL_STATUS: Final = frozenset(Call(name="", request="GET /").status)
_GOOD: Final = 200, 299
_PARAM: Final = re.compile(r"{([^{}]+)}")
_OLD: Final = "3.0"
# What an id that another call keeps may be, for a body in which it stands.
_IDS: Final = (1, "1", "00000000-0000-4000-8000-000000000001")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenScenario:
    """Calls or steps as a stack file has them, and what was left out of them: a sentence each.

    `key` is under which they stand: `calls`, or `flow`. `lets_in` tells whether callers have to be
    let in, which no call of it says how.
    """

    calls: tuple[dict[str, Any], ...]
    left_out: tuple[str, ...]
    key: Literal["calls", "flow"] = "calls"
    lets_in: bool = False


@dataclass(slots=True)
class ScenarioWriter:
    """Makes calls of the operations of a document."""

    document: Mapping[str, Any]
    keeps: dict[str, dict[str, str]] = field(default_factory=dict)
    components: Any = None

    def write(self) -> WrittenScenario:
        """Return the calls; raise SpecError for what is no OpenAPI 3 document."""
        if not str(self.document.get("openapi", "")).startswith("3."):
            raise SpecError(
                "Expected an OpenAPI document of version 3, which says so at `openapi`; found "
                f"{self.document.get('openapi', self.document.get('swagger', 'none'))!r}."
            )
        paths = {path: one for path, one in _paths(self.document) if isinstance(one, Mapping)}
        self.keeps = dict(self._kept(paths))
        # What a create keeps is there only if the create itself can be written.
        for collection in list(self.keeps):
            self._drop_unless_made(collection, paths)
        calls: list[dict[str, Any]] = []
        left_out: list[str] = []
        for path, item in paths.items():
            for method in (one for one in METHODS if one in item):
                made = self._tried(method, path, item)
                if isinstance(made, str):
                    left_out.append(made)
                else:
                    calls.append(made)
        operations = (item[m] for item in paths.values() for m in METHODS if m in item)
        asks = any(map(self._asks, operations))
        return WrittenScenario(calls=tuple(calls), left_out=tuple(left_out), lets_in=asks)

    def _asks(self, operation: object) -> bool:
        """Tell whether nobody is answered who is not let in: no requirement asks for nothing."""
        if not isinstance(operation, Mapping):
            return False
        wanted = operation.get("security", self.document.get("security"))
        return isinstance(wanted, list) and bool(wanted) and {} not in wanted

    def _drop_unless_made(self, collection: str, paths: Mapping[str, Any]) -> None:
        path = next(one for one in paths if one.rstrip("/") == collection)
        if isinstance(self._tried("post", path, paths[path]), str):
            del self.keeps[collection]

    def _tried(self, method: str, path: str, item: Mapping[str, Any]) -> dict[str, Any] | str:
        """Return an operation's call, or a sentence that says why there is none."""
        try:
            return self._call(method, path, item)
        except UNFIT as error:
            return f"{method.upper()} {path}: {error}"

    def _kept(self, paths: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield each collection with what its creates keep: a name, and the pointer to it."""
        used: set[str] = set()
        for path, item in paths.items():
            param = _param_below(path, paths)
            pointer = self._id_in(item.get("post"), param) if param and "post" in item else None
            if param and pointer:
                name = placeholder(param)
                if name in used or name == "id":
                    name = f"{placeholder(path.rstrip('/').rpartition('/')[2])}_{name}"
                used.add(name)
                yield path.rstrip("/"), {"name": name, "param": param, "pointer": pointer}

    def _id_in(self, operation: Any, param: str) -> str | None:  # noqa: ANN401 -- JSON
        """Return where a create's answer has what the path of its rows is made of."""
        templates = SchemaTemplates(self.document)
        for status, answer in _good(operation):
            _ = status
            schema = templates.resolved(_json_of(templates.resolved(answer)) or {})
            for name in schema.get("properties", {}):
                if name in {param, "id"} or placeholder(name) == placeholder(param):
                    return f"/{name.replace('~', '~0').replace('/', '~1')}"
        return None

    def _call(self, method: str, path: str, item: Mapping[str, Any]) -> dict[str, Any]:
        operation = item[method]
        kept = self._kept_in(path)
        if len(kept) > 1:
            raise NoTemplateError("its rows lie within others; write a flow that makes both")
        own = self.keeps.get(path.rstrip("/"))
        names = frozenset(one["name"] for one in self.keeps.values() if one is not own)
        templates = SchemaTemplates(self.document, names)
        request, headers = self._request(method, path, item, operation, templates)
        call: dict[str, Any] = {
            "name": f"{method.upper()} {path}",
            "request": request,
        }
        if method in {"get", "head"}:
            call["weight"] = READS_WEIGH
        if headers:
            call["headers"] = headers
        if body := templates.resolved(operation.get("requestBody")):
            self._add_body(call, body, templates, _keys(path))
        if templates.draw:
            call["draw"] = templates.draw
        if method == "post" and own:
            call["keeps"] = {own["name"]: own["pointer"]}
        if method == "delete" and kept and path.endswith("}"):
            call["takes"] = kept[0]["name"]
        statuses = [int(status) for status, _ in _good(operation)]
        if not set(statuses) <= USUAL_STATUS:
            call["status"] = statuses
        return _checked(call)

    def _kept_in(self, path: str) -> list[dict[str, str]]:
        """Return what is kept for the parameters of a path, the outermost first."""
        found = []
        segments = path.split("/")
        for at, segment in enumerate(segments):
            own = self.keeps.get("/".join(segments[:at]))
            if own and segment == f"{{{own['param']}}}":
                found.append(own)
        return found

    def _request(
        self,
        method: str,
        path: str,
        item: Mapping[str, Any],
        operation: Mapping[str, Any],
        templates: SchemaTemplates,
    ) -> tuple[str, dict[str, str]]:
        """Return a request line, and the headers that the operation must have."""
        asked = [*item.get("parameters", ()), *operation.get("parameters", ())]
        kept = {one["param"]: one["name"] for one in self._kept_in(path)}
        target, query, headers = path, [], {}
        for one in map(templates.resolved, asked):
            name, place = str(one["name"]), one.get("in")
            if place != "path" and not one.get("required"):
                continue
            value = (
                f"{{{kept[name]}}}"
                if name in kept and place == "path"
                else _text_of(templates.of(one.get("schema", {}), placeholder(name)))
            )
            if place == "path":
                target = target.replace(f"{{{name}}}", value)
            elif place == "query":
                query.append(f"{name}={value}")
            elif place == "header":
                headers[name] = value
        asking = f"?{'&'.join(query)}" if query else ""
        return f"{method.upper()} {target}{asking}", headers

    def _add_body(
        self,
        call: dict[str, Any],
        body: Mapping[str, Any],
        templates: SchemaTemplates,
        keys: frozenset[str],
    ) -> None:
        schema = _json_of(body)
        if schema is None:
            if body.get("required"):
                raise NoTemplateError("its body is no JSON")
            return
        names, validator = {one["name"] for one in self.keeps.values()}, self._validator(schema)
        for call["body"] in bodies(templates, schema, keys):
            samples = (_sample(call, templates, dict.fromkeys(names, one)) for one in _IDS)
            if any(map(validator.is_valid, samples)):
                return
        raise NoTemplateError("no body was found that fits its schema; write one by hand")

    def _validator(self, schema: Mapping[str, Any]) -> Any:  # noqa: ANN401 -- a class a draft
        templates = SchemaTemplates(self.document)
        if self.components is None:
            self.components = with_known_references(self.document.get("components", {}), templates)
        whole = {**with_known_references(schema, templates), "components": self.components}
        if str(self.document["openapi"]).startswith(_OLD):
            return jsonschema_rs.Draft4Validator(whole)
        return jsonschema_rs.Draft202012Validator(whole)


def _sample(call: Mapping[str, Any], templates: SchemaTemplates, kept: Mapping[str, object]) -> Any:  # noqa: ANN401 -- JSON
    """Return a body as the load generator would send it, with something for what is kept."""
    made = msgspec.convert({**call, "draw": templates.draw}, Call)
    planned = msgspec.convert(msgspec.to_builtins(made) | {"expect_schema": None}, PlannedCall)
    draw = random.Random(1)  # noqa: S311 -- not for secrets
    values = {**kept, **{name: drawing(draw) for name, drawing in draws(planned.draw)}}
    return msgspec.json.decode(prepared(planned, values).body)


def _checked(call: dict[str, Any]) -> dict[str, Any]:
    """Return a call that a stack file may hold; raise NoTemplateError otherwise."""
    try:
        msgspec.convert(call, Call)
    except msgspec.ValidationError as error:
        raise NoTemplateError(str(error)) from error
    return call


def _paths(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from cast("Mapping[str, Any]", document.get("paths") or {}).items()


def _param_below(path: str, paths: Mapping[str, Any]) -> str | None:
    """Return the parameter of a collection's rows: `client_id` of /clients, if it has rows."""
    start = f"{path.rstrip('/')}/{{"
    rest = (one.removeprefix(start) for one in paths if one.startswith(start))
    return next((one.partition("}")[0] for one in rest), None)


def _keys(path: str) -> frozenset[str]:
    """Return what a property is called that says which row it is: `id`, and the path's names."""
    return frozenset({"id", *map(placeholder, _PARAM.findall(path))})


def _good(operation: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 -- JSON
    for status, answer in (operation or {}).get("responses", {}).items():
        if str(status).isdigit() and _GOOD[0] <= int(status) <= _GOOD[1]:
            yield str(status), answer


def _json_of(holder: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the schema of what a body or an answer holds as JSON."""
    for kind, content in holder.get("content", {}).items():
        if "json" in kind:
            return cast("Mapping[str, Any]", content.get("schema") or {})
    return None


def _text_of(value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    if not text.isprintable() or " " in text:
        raise NoTemplateError(f"{text!r} cannot stand in a request line")
    return text
