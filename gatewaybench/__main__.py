"""Runs the command line: `python -m gatewaybench`."""

from gatewaybench.command_line import main

if __name__ == "__main__":
    main()
