"""What GitHub's runner does with a composite action, as far as ours takes it.

Shell steps are run as the runner runs them; of other actions' steps it is kept that they were due.
"""

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_NAME = re.compile(r"'[^']*'|\w[\w-]*(?:\.[\w-]+)+")
_WITHIN_S = 240


@dataclass
class ActionRunner:
    """Runs an action in a job: inputs, what the job's contexts say, and its environment."""

    action: Path
    workspace: Path
    temporary: Path
    inputs: dict[str, str]
    github: dict[str, str]
    environment: dict[str, str]
    steps: dict[str, dict[str, str]] = field(default_factory=dict)
    due: list[dict[str, Any]] = field(default_factory=list)
    said: str = ""
    # The steps that are looked at, by their ids; all where none is named.
    only: tuple[str, ...] = ()

    def ran(self) -> bool:
        """Run all steps that are due; return whether none failed."""
        told = yaml.safe_load((self.action / "action.yml").read_text(encoding="utf-8"))
        usual = {name: str(one.get("default", "")) for name, one in told["inputs"].items()}
        self.inputs = {name: self._filled(text) for name, text in (usual | self.inputs).items()}
        well = True
        for step in told["runs"]["steps"]:
            if self.only and step.get("id") not in self.only:
                continue
            condition = step.get("if")
            if self._holds(condition) if condition else well:
                well = self._step(step) and well
        return well

    def _step(self, step: dict[str, Any]) -> bool:
        if "uses" in step:
            self.due.append({name: self._filled(str(v)) for name, v in step["with"].items()})
            return True
        output = self.temporary / "output"
        output.write_text("")
        script = self.temporary / "script.sh"
        script.write_text(step["run"])
        done = subprocess.run(
            ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.workspace,
            env=self.environment
            | {name: self._filled(text) for name, text in step.get("env", {}).items()}
            | {"GITHUB_OUTPUT": str(output), "RUNNER_TEMP": str(self.temporary)}
            | {"GITHUB_ACTION_PATH": str(self.action)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_WITHIN_S,
            check=False,
        )
        self.said += done.stdout
        pairs = (line.partition("=") for line in output.read_text().splitlines())
        self.steps[step.get("id", "")] = {name: value for name, _, value in pairs}
        return done.returncode == 0

    def _filled(self, text: str) -> str:
        return _EXPRESSION.sub(lambda found: self._value(found[1]), text)

    def _holds(self, condition: str) -> bool:
        """Tell whether a condition of names, texts, `==` and `&&` holds."""
        inner = _EXPRESSION.fullmatch(condition)
        if inner is None:
            raise ValueError(condition)
        words = inner[1].replace("!cancelled()", "True").replace("&&", " and ")
        words = _NAME.sub(
            lambda found: found[0] if found[0][0] == "'" else repr(self._value(found[0])), words
        )
        return bool(eval(words))  # noqa: S307 -- our own action's words

    def _value(self, name: str) -> str:
        kind, _, rest = name.partition(".")
        if kind == "inputs":
            return self.inputs[rest]
        if kind == "github":
            return self.github[rest]
        if kind != "steps":
            raise ValueError(name)
        step, _, output = rest.partition(".outputs.")
        return self.steps.get(step, {}).get(output, "")


def bare(**more: str) -> dict[str, str]:
    """Return an environment with nothing of this session's but what reaches the package index."""
    kept = ("PATH", "HOME", "XDG_CACHE_HOME", "SSL_CERT_FILE", "PIP_CERT", "TMPDIR")
    indexes = [name for name in os.environ if name.startswith(("PIP_", "UV_")) or "proxy" in name]
    return {name: os.environ[name] for name in (*kept, *indexes) if name in os.environ} | more
