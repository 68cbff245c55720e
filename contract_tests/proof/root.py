"""Runs a part's command with one weakness put in: `... -m contract_tests.proof.root NAME CMD`."""

import sys

from contract_tests.mutants.root import Finder, run
from contract_tests.proof.weakness import WEAKNESSES


def main() -> None:
    """Put the weakness in and run the command."""
    _, name, *command = sys.argv
    defect = WEAKNESSES[name].defect
    sys.meta_path.insert(0, Finder(defect.module, defect.rewritten))
    run(command)


if __name__ == "__main__":
    main()
