"""How a list turns its pages: by the names that its parameters usually have."""

from typing import Final

from contract_tests.stories.resources import Resource, largest

LIMITS: Final = frozenset({"limit", "size", "page_size", "pagesize", "per_page", "count", "top"})
OFFSETS: Final = frozenset({"offset", "skip", "start"})
PAGES: Final = frozenset({"page", "page_number", "pagenumber", "page_no", "pageno"})


def size_name(resource: Resource) -> str | None:
    """Return the parameter that says how many rows a page has; None where there is none."""
    return _named(resource, LIMITS)


def turned_by(resource: Resource) -> str | None:
    """Return the parameter that turns pages, by rows or by pages; None where there is none."""
    return _named(resource, OFFSETS) or _named(resource, PAGES)


def counts_pages(name: str) -> bool:
    """Tell whether a parameter that turns pages counts these, and not rows."""
    return name.lower() in PAGES


def turn(resource: Resource, name: str, start: int, number: int) -> int:
    """Return what the parameter says for the page of a number, from 0, that begins at a row.

    Pages count from 1 unless the document says otherwise.
    """
    if not counts_pages(name):
        return start
    schema = resource.queried()[name]
    first = schema.get("default", schema.get("minimum", 1))
    return number + (first if isinstance(first, int) else 1)


def largest_page(resource: Resource) -> str:
    """Return the query for as many rows as a page may have; "" where no page is known of."""
    limit = size_name(resource)
    return f"?{limit}={largest(resource.queried()[limit])}" if limit else ""


def _named(resource: Resource, names: frozenset[str]) -> str | None:
    return next((name for name in resource.queried() if name.lower() in names), None)
