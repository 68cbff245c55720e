"""The command line: the contract suite on a system that is up, or `drift` of documents alone."""

import sys
from importlib import import_module
from typing import Final

DRIFT: Final = "drift"
_RUN: Final = "contract_tests.command.contract_run"
_COMPARISON: Final = "contract_tests.command.drift_comparison"
_NAME: Final = "python -m contract_tests"


def main(words: list[str]) -> None:
    """Run what was typed; each command is imported alone, as the suite takes long to import."""
    if words[:1] == [DRIFT]:
        import_module(_COMPARISON).app(words[1:], prog_name=f"{_NAME} {DRIFT}")
    else:
        import_module(_RUN).app(words, prog_name=_NAME)


if __name__ == "__main__":
    main(sys.argv[1:])
