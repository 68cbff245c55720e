"""What tests of foreign systems are given: the engine asked for, and the shop's secrets."""

from collections.abc import Iterator

import pytest

from tests.foreign.shop_client import SECRETS


@pytest.fixture(scope="session")
def engine(pytestconfig: pytest.Config) -> str | None:
    """Return the engine asked for."""
    asked: str | None = pytestconfig.getoption("--engine")
    return asked


@pytest.fixture(scope="module")
def shop_secrets() -> Iterator[None]:
    """Put what the shop is started with into the environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SECRETS.items():
            patch.setenv(name, value)
        yield
