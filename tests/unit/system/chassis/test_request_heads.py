"""What the processes take as a head, as their settings say it."""

from pathlib import Path

import pytest

from system.chassis.request_heads import HeadBounds
from system.chassis.service import ServiceSettings
from system.gateway import settings as gateway
from system.settings import SettingsError, load_settings
from system.srv_clients import database as clients
from system.srv_goods import database as goods
from system.wire.envelope import RequestHead

# What the resolver adds to a call: a deadline, an id, a trace, its HTTP client's own fields.
ADDED_BYTES, ADDED_FIELDS = 4_096, 10
ENVIRONMENT = {"RMQ_PASS": "unused"}


def test_a_gateway_takes_what_an_envelope_carries() -> None:
    bounds = load_settings(gateway.CONFIG, gateway.GatewaySettings, ENVIRONMENT).heads
    [longest] = [
        one.max_length for one in RequestHead.__annotations__["query"].__metadata__
    ]  # a field's is the same

    assert bounds == HeadBounds()
    assert bounds.most_bytes > longest


@pytest.mark.parametrize(
    ("config", "kind"),
    [(clients.CONFIG, ServiceSettings), (goods.CONFIG, goods.GoodsSettings)],
)
def test_a_service_takes_what_the_gateway_does_and_what_the_resolver_adds(
    config: Path, kind: type[ServiceSettings]
) -> None:
    bounds, taken = load_settings(config, kind, {}).heads, HeadBounds()

    assert bounds.most_bytes >= taken.most_bytes + ADDED_BYTES
    assert bounds.most_fields >= taken.most_fields + ADDED_FIELDS


@pytest.mark.parametrize(
    "variable", ["HEAD_MOST_BYTES", "HEAD_MOST_FIELDS", "HEAD_WITHIN_S", "FIRST_BYTE_WITHIN_S"]
)
@pytest.mark.parametrize("value", ["0", "-1", "none", "nan", "9" * 5_000])
def test_a_bound_that_is_none_is_an_error_that_names_it(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match="key heads"):
        load_settings(gateway.CONFIG, gateway.GatewaySettings, ENVIRONMENT | {variable: value})
