"""Settings: YAML with environment tags, a `.env` beside it, and errors that say what to do."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from system.settings import Settings, SettingsError, load_settings

URL = 'amqp://gateway:<% env_tag(param="RMQ_PASS") %>@127.0.0.1:5672/gateway'


class Example(Settings):
    """Settings of a process that does not exist."""

    broker: SecretStr
    prefetch: int = 1


def written(folder: Path, text: str, dotenv: str | None = None) -> Path:
    path = folder / "local.yaml"
    path.write_text(text, encoding="utf-8")
    if dotenv is not None:
        path.with_name(".env").write_text(dotenv, encoding="utf-8")
    return path


def loaded(path: Path, **environment: str) -> str:
    return load_settings(path, Example, environment).broker.get_secret_value()


def test_a_tag_reads_the_environment(tmp_path: Path) -> None:
    path = written(tmp_path, f"broker: {URL}")

    assert loaded(path, RMQ_PASS="secret") == "amqp://gateway:secret@127.0.0.1:5672/gateway"


def test_a_value_put_in_a_url_is_percent_encoded(tmp_path: Path) -> None:
    path = written(tmp_path, f"broker: {URL}")

    assert "gateway:p%40ss%2Fw%3A%20d@127" in loaded(path, RMQ_PASS="p@ss/w: d")


def test_a_value_that_is_the_whole_url_is_not_encoded(tmp_path: Path) -> None:
    path = written(tmp_path, 'broker: <% env_tag(param="BROKER") %>')

    assert loaded(path, BROKER="amqp://a:b@c/d") == "amqp://a:b@c/d"


def test_the_dotenv_file_is_read_and_the_environment_wins_over_it(tmp_path: Path) -> None:
    path = written(
        tmp_path, 'broker: <% env_tag(param="B") %>', "# comment\nexport B='from file'\n"
    )

    assert (loaded(path), loaded(path, B="from env")) == ("from file", "from env")


def test_a_default_stands_in_for_a_missing_variable(tmp_path: Path) -> None:
    path = written(tmp_path, 'broker: x\nprefetch: <% env_tag(param="P", default="7") %>')

    assert load_settings(path, Example, {}).prefetch == 7


def test_a_missing_variable_is_named_with_its_file_and_key(tmp_path: Path) -> None:
    path = written(tmp_path, f"broker: {URL}")

    with pytest.raises(SettingsError, match=r"local\.yaml: key broker needs .* RMQ_PASS"):
        loaded(path)


def test_an_unknown_key_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "broker: x\nprefecth: 3")

    with pytest.raises(SettingsError, match="key prefecth"):
        loaded(path)


@pytest.mark.parametrize(
    "text", ["broker: [", "broker: !!python/object:os.system x", f"broker: {'9' * 5_000}"]
)
def test_what_is_no_safe_yaml_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match="is not YAML"):
        loaded(written(tmp_path, text))


def test_a_secret_shows_neither_in_repr_nor_in_an_error(tmp_path: Path) -> None:
    path = written(tmp_path, "broker: hunter2\nprefetch: hunter2")
    with pytest.raises(SettingsError) as caught:
        loaded(path)
    good = load_settings(written(tmp_path, "broker: hunter2"), Example, {})

    assert "hunter2" not in f"{caught.value} {good!r}"
