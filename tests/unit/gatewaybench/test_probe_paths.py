"""What a gateway has before a service's paths is a rule where most say so, or it is none."""

from typing import Any, Final

import pytest

from gatewaybench.probe_paths import base_path, plain_reads, probes, probes_at
from gatewaybench.published import Published

ROOTED: Final = ("/", "/{id}")
SHARED: Final = ("/orders/", "/orders/{id}", "/users/", "/users/{id}")


def publishing(*paths: str, name: str = "part") -> Published:
    gets: dict[str, Any] = {"paths": {one: {"get": {}} for one in paths}}
    return Published(name=name, port=1, ready="tcp", document=gets)


@pytest.mark.parametrize(
    ("name", "gateway", "paths", "expected"),
    [
        pytest.param("orders", SHARED, ROOTED, "/orders", id="a tie with its name"),
        pytest.param("users-service", SHARED, ROOTED, "/users", id="a tie with a part of its name"),
        pytest.param("carts", SHARED, ROOTED, "", id="a tie of strangers"),
        pytest.param(
            "orders",
            ("/api/v1/orders", "/internal/health"),
            ("/orders-list", "/orders-list/{id}", "/health"),
            "",
            id="health alone",
        ),
        pytest.param("a", ("/api/x", "/y"), ("/x", "/q", "/z"), "", id="one of three"),
        pytest.param("a", ("/api/x", "/api/q"), ("/x", "/q", "/z"), "/api", id="two of three"),
        pytest.param("a", ("/x", "/v1/x"), ("/x",), "", id="as it is, and below"),
        pytest.param("a", (), (), "", id="nothing published"),
    ],
)
def test_a_base_path_is_what_stands_before_most_paths(
    name: str, gateway: tuple[str, ...], paths: tuple[str, ...], expected: str
) -> None:
    assert base_path(publishing(*gateway), publishing(*paths, name=name)) == expected


def test_what_has_items_is_a_collection_where_its_word_may_be_a_noun() -> None:
    known = publishing("/about", "/events", "/events/{id}", "/stream")

    assert probes(known) == ["/events", "/about"]


def test_of_what_acts_or_has_no_end_nothing_is_sent() -> None:
    known = publishing("/login", "/logout", "/refresh", name="auth")

    assert probes_at(publishing("/login"), known, "/api") == []


@pytest.mark.parametrize(
    "path",
    [
        *("/sign-out", "/log-out", "/signOut", "/shut-down", "/sign_out", "/LogOut", "/SIGN-OUT"),
        *("/re-index", "/v1/log-off.json", "/sign-out-all", "/users/un-subscribe/now"),
    ],
)
def test_what_acts_does_so_however_it_is_written(path: str) -> None:
    assert probes(publishing("/things", path)) == ["/things"]


def test_two_words_of_two_segments_are_no_action() -> None:
    assert probes(publishing("/sign/out", "/logs/outgoing")) == ["/sign/out", "/logs/outgoing"]


def test_load_reads_rows_of_a_collection_and_nothing_that_acts() -> None:
    known = publishing("/orders/{id}", "/orders/{id}/export", "/events/{id}", "/logout", "/run/now")

    assert plain_reads(known) == ["/orders/{id}", "/events/{id}"]


@pytest.mark.parametrize(
    "path",
    [
        *("/orders/delete/{id}", "/cancel/{id}", "/users/{id}/reset/{key}", "/shutdown/{id}"),
        *("/stream/{id}", "/orders/export/{id}", "/logout/{id}"),
    ],
)
def test_what_acts_on_an_item_acts(path: str) -> None:
    above = path.rpartition("/")[0]
    known = publishing("/orders", path, above)

    assert plain_reads(known) == probes(known) == ["/orders"]
