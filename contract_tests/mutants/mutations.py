"""Small changes of a module's source, one at a time, found in its syntax tree.

    comparison   == and !=, < and <=, > and >=, `is` and `is not`, `in` and `not in` trade places
    logic        `and` and `or` trade places; `not` and a condition are turned around
    number       one more, one less                 text       one letter more
    truth        True and False trade places        operator   + and -, * and / trade places
    statement    left out, in a function or class   return     returns None
    arguments    the first two trade places         keyword    left out

Annotations are left alone but for `Annotated`'s; so is what is said to people alone: docstrings,
and descriptions, summaries and titles of a published document. Reads nothing but the source.
"""

import ast
import copy
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

_COMPARED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt,
    ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_OPERATED: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add,
    ast.Mult: ast.Div, ast.Div: ast.Mult,
}  # fmt: skip
# Whichever of its arguments comes first, each returns the same.
_UNORDERED: Final = frozenset({"min", "max"})
# OpenAPI's words for people: to whom a document binds, they say nothing.
_NOTES: Final = frozenset({"description", "summary", "title"})
_LEFT_OUT: Final = (ast.Expr, ast.Assign, ast.AugAssign, ast.Raise)


class Mutation(Struct, frozen=True, kw_only=True):
    """One change: the bytes from `start` to `end` read `after` instead of `before`.

    `within` is the function or class it lies in, dotted, or "" at the module's level; `line` is the
    line of source that it begins on.
    """

    kind: str
    within: str
    start: int
    end: int
    before: str
    after: str
    line: str

    def rewritten(self, source: str) -> str:
        """Return the source with the change."""
        raw = source.encode()
        return (raw[: self.start] + self.after.encode() + raw[self.end :]).decode()

    @property
    def sentence(self) -> str:
        """Return the change in words."""
        place = self.within or "the module"
        return f"{self.kind} in {place}: {_flat(self.before)} becomes {_flat(self.after)}"


def mutations(source: str) -> list[Mutation]:
    """Return every change of a source, in the order of its places.

    What takes away the one place where a name is made is left out: whatever runs into that breaks,
    which would be too easy.
    """
    tree = ast.parse(source)
    return sorted(
        _Finder(source).found(tree, "", _made(tree)),
        key=lambda one: (one.start, one.end, one.after),
    )


class _Finder:
    """Walks a syntax tree and yields what could be changed in it."""

    def __init__(self, source: str) -> None:
        lines = source.encode().splitlines(keepends=True)
        self._raw = source.encode()
        self._lines = source.splitlines()
        self._begins = [sum(map(len, lines[:number])) for number in range(len(lines) + 1)]

    def found(self, node: ast.AST, within: str, made: Mapping[str, int]) -> Iterator[Mutation]:
        """Yield the changes of a node and of all below it; `made` counts where each name is."""
        for child in _living(node):
            if not _unmakes(child, made):
                for kind, after in _changes(child):
                    yield self._change(kind, within, child, after)
            if isinstance(child, _NAMED):
                yield from self.found(child, f"{within}.{child.name}".strip("."), _made(child))
            else:
                yield from self.found(child, within, made)

    def _change(self, kind: str, within: str, node: ast.AST, after: str) -> Mutation:
        start = self._at(node.lineno, node.col_offset)  # type: ignore[attr-defined] # all we change have a place
        end = self._at(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined] # see above
        before = self._raw[start:end].decode()
        return Mutation(
            kind=kind,
            within=within,
            start=start,
            end=end,
            before=before,
            after=after,
            line=self._lines[node.lineno - 1].strip(),  # type: ignore[attr-defined] # see above
        )

    def _at(self, line: int, column: int) -> int:
        return self._begins[line - 1] + column


_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _made(scope: ast.AST) -> Counter[str]:
    """Return how often a module or function makes each of its names; a class has fields instead."""
    if isinstance(scope, ast.ClassDef):
        return Counter()
    nodes = list(ast.walk(scope))
    names = [one.id for one in nodes if isinstance(one, ast.Name) and _stored(one)]
    return Counter([*names, *(one.arg for one in nodes if isinstance(one, ast.arg))])


def _unmakes(node: ast.AST, made: Mapping[str, int]) -> bool:
    """Tell whether without this statement a name would not be there."""
    if not isinstance(node, ast.Assign):
        return False
    inside = (one for target in node.targets for one in ast.walk(target))
    names = [one.id for one in inside if isinstance(one, ast.Name) and _stored(one)]
    return any(made.get(name) == 1 for name in names)


def _stored(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def _living(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the children that say what happens: no docstring, no note, no plain annotation."""
    notes = list(_notes(node))
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            dumb = child in notes or _docstring(child) or _imported(child)
            if isinstance(child, ast.AST) and not dumb:
                yield child


def _notes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the children that are words for people in a document."""
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value in _NOTES:
                yield from (key, value)
    elif isinstance(node, ast.Call):
        yield from (one for one in node.keywords if one.arg in _NOTES)


def _docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _imported(node: ast.AST) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom | ast.JoinedStr)


def _changes(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield each change of one node, as its kind and the text in its place."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in _COMPARED:
            yield "comparison", _with(node, ops=[_COMPARED[type(op)]()])
        case ast.BoolOp():
            yield "logic", _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not()):
            yield "logic", f"({ast.unparse(node.operand)})"
        case ast.BinOp() if type(node.op) in _OPERATED:
            yield "operator", f"({_with(node, op=_OPERATED[type(node.op)]())})"
        case ast.Constant():
            yield from _constants(node.value)
        case ast.Return(value=ast.expr()):
            yield "return", "return None"
        case ast.Call():
            yield from _calls(node)
        case ast.stmt() if isinstance(node, _LEFT_OUT):
            yield "statement", "pass"


def _constants(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, bool):
        yield "truth", repr(not value)
    elif isinstance(value, int | float):
        yield from (("number", f"({value + step})") for step in (1, -1))
    elif isinstance(value, str):
        yield "text", repr(f"{value}x")


def _calls(node: ast.Call) -> Iterator[tuple[str, str]]:
    plain = [one for one in node.args[:2] if not isinstance(one, ast.Starred)]
    unordered = isinstance(node.func, ast.Name) and node.func.id in _UNORDERED
    if len(plain) == 2 and not unordered:  # noqa: PLR2004 -- two trade places
        yield "arguments", _with(node, args=[*reversed(plain), *node.args[2:]])
    for one in node.keywords:
        if one.arg in _NOTES:
            continue
        left = [other for other in node.keywords if other is not one]
        yield "keyword", _with(node, keywords=left)


def _with(node: ast.AST, **changed: object) -> str:
    made = copy.copy(node)
    for name, value in changed.items():
        setattr(made, name, value)
    return ast.unparse(made)


def _flat(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 80 else f"{flat[:80]}..."  # noqa: PLR2004 -- a line
