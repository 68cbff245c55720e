"""The commands of [attach] are filled in from an engine's own, and what the file says wins."""

from pathlib import Path
from typing import Any

import pytest

from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.scaling.presets import with_preset
from testcontainers_fixtures.scaling.scaling_commands import described, made_fresh, scaled_to
from testcontainers_fixtures.stack_file.attach_spec import Attach, Scale
from testcontainers_fixtures.stack_file.part_spec import Part
from testcontainers_fixtures.stack_spec import read_stack_file

PARTS = {
    "gateway": Part(role="gateway"),
    "rpc": Part(role="resolver"),
    "srv_a": Part(role="service"),
    "srv_b": Part(role="service"),
}
TWO = CopyCounts(resolvers=2, service_workers=2)
DEPLOY = Path(__file__).parents[4] / "system" / "deploy"


def preset(engine: str, **said: Any) -> Attach:  # noqa: ANN401 -- fields of Attach
    needed = {"swarm": {"stack": "shop"}, "kubernetes": {"namespace": "shop"}}[engine]
    known: dict[str, Any] = {"gateway": "http://g", "engine": engine} | needed | said
    return with_preset(Attach(**known), PARTS)


def lines(attach: Attach, to: CopyCounts = TWO) -> list[str]:
    return [str(one) for one in scaled_to(attach, to, now=None)]


def test_swarm_waits_by_itself_but_where_several_services_change_beside_each_other() -> None:
    attach = preset("swarm", resolvers=1, service_workers=1, prefetch=32, prefetch_variable="PF")

    assert lines(attach) == [
        "docker service scale shop_rpc=2",
        "docker service update --quiet --detach --env-add WEB_CONCURRENCY=2 shop_srv_a",
        "docker service update --quiet --detach --env-add WEB_CONCURRENCY=2 shop_srv_b",
        "docker service update --quiet --env-add PF=32 shop_rpc",
        "docker service update --quiet shop_srv_a",
        "docker service update --quiet shop_srv_b",
    ]
    assert attach.usage == "swarm:shop"


def test_kubernetes_waits_for_the_rollout_of_each_that_was_changed() -> None:
    attach = preset(
        "kubernetes", resolvers=1, service_workers=1, context="test", workers_variable="WORKERS"
    )
    where = "kubectl --namespace=shop --context=test"

    assert lines(attach) == [
        f"{where} scale deployment/rpc --replicas=2",
        f"{where} set env deployment/srv-a WORKERS=2",
        f"{where} set env deployment/srv-b WORKERS=2",
        f"{where} rollout status deployment/rpc --timeout=114s",
        f"{where} rollout status deployment/srv-a --timeout=114s",
        f"{where} rollout status deployment/srv-b --timeout=114s",
    ]


@pytest.mark.parametrize("context", ["o'brien", "CORP\\me", "admin@prod"])
def test_a_context_stays_as_it_is_whatever_a_shell_would_make_of_it(context: str) -> None:
    attach = preset("kubernetes", resolvers=1, context=context)
    [scaled, *_] = scaled_to(attach, CopyCounts(resolvers=2), now=None)

    assert scaled.words[2] == f"--context={context}"


def test_a_part_is_called_by_another_name_another_kind_or_a_label() -> None:
    names = {"rpc": "app=shop,tier=rpc", "srv_a": "statefulset/orders", "srv_b": "baskets"}
    attach = preset("kubernetes", resolvers=1, service_workers=1, names=names, settled="wait")

    assert lines(attach) == [
        "kubectl --namespace=shop scale deployment --selector=app=shop,tier=rpc --replicas=2",
        "kubectl --namespace=shop set env statefulset/orders WEB_CONCURRENCY=2",
        "kubectl --namespace=shop set env deployment/baskets WEB_CONCURRENCY=2",
        "wait",
    ]


def test_the_parts_named_are_started_over_for_fresh_data() -> None:
    fresh = made_fresh(preset("kubernetes", restarts=("srv_b",)))
    own = made_fresh(preset("kubernetes", restarts=("srv_b",), reset="mine"))

    assert [str(one) for one in fresh] == [
        "kubectl --namespace=shop rollout restart deployment/srv-b",
        "kubectl --namespace=shop rollout status deployment/srv-b --timeout=114s",
    ]
    assert str(own[0]) == "mine"
    assert made_fresh(preset("kubernetes")) == ()


def test_what_the_file_says_itself_wins() -> None:
    said = {"scale": Scale(resolvers="mine {copies}"), "usage": "swarm:other", "settled": "wait"}
    attach = preset("swarm", resolvers=1, **said)

    assert lines(attach, CopyCounts(resolvers=2)) == ["mine 2", "wait"]
    assert attach.usage == "swarm:other"


def test_a_number_that_is_not_said_is_not_scaled() -> None:
    assert described(preset("kubernetes")) == "nothing"
    assert preset("swarm", prefetch=8).scale.keys == ()


@pytest.mark.parametrize("engine", ["swarm", "kubernetes"])
def test_the_reference_system_is_scaled_in_every_way(engine: str) -> None:
    attach = read_stack_file(DEPLOY / f"{engine}.toml").attach

    assert attach
    assert len(attach.scale.keys) == 4
    assert attach.reset


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ('engine = "swarm"', '"swarm" needs stack = "NAME" in'),
        ('engine = "kubernetes"', '"kubernetes" needs namespace = "NAME" in'),
        ('engine = "nomad"', "Invalid enum value 'nomad'"),
        ('namespace = "shop"', 'namespace: it belongs to engine = "kubernetes"'),
        ('restarts = ["gate"]', "restarts: it is for an `engine`"),
        ('engine = "swarm"\nstack = "s"\nnames.gate = "a=b"', "services by name alone"),
        ('engine = "swarm"\nstack = "s"\nnames.gate = "--help"', "regex"),
        ('engine = "swarm"\nstack = "s"\nnames.gates = "g"', "no part here (did you mean `gate`?)"),
        ('engine = "swarm"\nstack = "s"\nrestarts = ["db"]', "'db', which is no part here"),
        ('usage = "kubernetes"', 'usage: it needs engine = "kubernetes"'),
        ('usage = "prometheus:http://[bad?query=x"', "its address cannot be read: Invalid IPv6"),
        ('usage = "prometheus:http://p:99999?query=x"', "its address cannot be read: Port out"),
        ('usage = "prom:x"', "usage: expected swarm:NAME, kubernetes, or prometheus:"),
    ],
)
def test_what_does_not_go_together_is_told_with_its_key(
    tmp_path: Path, said: str, sentence: str
) -> None:
    file = tmp_path / "stack.toml"
    file.write_text(
        'format_version = 2\nname = "x"\n[parts.gate]\nrole = "gateway"\n'
        f'[attach]\ngateway = "http://g"\n{said}\n'
    )
    with pytest.raises(SpecError) as refused:
        read_stack_file(file)

    assert sentence in str(refused.value)
