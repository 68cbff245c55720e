"""Runs a part's command with one weakness put in.

As `python -m contract_tests.faults.weakness_launcher NAME COMMAND...`.
"""

import sys

from contract_tests.faults.planted_weaknesses import WEAKNESSES
from contract_tests.mutants.mutant_launcher import Finder, run


def main() -> None:
    """Put the weakness in and run the command."""
    _, name, *command = sys.argv
    defect = WEAKNESSES[name].defect
    sys.meta_path.insert(0, Finder(defect.module, defect.rewritten))
    run(command)


if __name__ == "__main__":
    main()
