"""What `init` finds out of a gateway that is up lets the harness in there."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from testcontainers_fixtures.entrance import let_in
from testcontainers_fixtures.http_client.http_exchange import exchange
from testcontainers_fixtures.stack_spec import read_stack_file
from tests.integration.server_scripts import serving

GATEWAY = Path(__file__).with_name("oauth_gateway.py")
PASSWORD = "passw0rd"
COMMENTED = ("[login]", "request =", "form =", "token =", "header =")

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def gate() -> Iterator[str]:
    """Run the gateway and give its URL."""
    with serving(GATEWAY, PASSWORD=PASSWORD) as url:
        yield url


def test_the_login_that_init_wrote_is_let_in_with_a_name_and_a_password(
    gate: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGIN_NAME", "ada")
    monkeypatch.setenv("LOGIN_PASSWORD", PASSWORD)
    file = tmp_path / "stack.toml"
    command = [sys.executable, "-m", "gatewaybench", "init", str(file), "--gateway", gate]
    subprocess.run(command, check=True, timeout=30)
    text = file.read_text()
    for begin in COMMENTED:
        text = text.replace(f"\n# {begin}", f"\n{begin}")
    file.write_text(text)
    headers = dict(let_in(read_stack_file(file), gate))

    assert exchange(gate, "GET", "/rows", within_s=5.0).status == 401
    assert exchange(gate, "GET", "/rows", headers=headers, within_s=5.0).status == 200
