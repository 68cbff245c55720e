"""What lets the harness into a gateway that asks: header values from the environment, or made up.

A stack file names headers and environment variables, so that no secret stands in it, nor in a
record of it. Of a stack that is started here the harness may make up the secret itself, which the
gateway is told as `{credentials.NAME}`, the header's name in lower case.
"""

import os
import secrets
from functools import cache

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_spec import Contract

SECRET_BYTES = 24


def made_up_or_given(contract: Contract) -> dict[str, str]:
    """Return each header's value; a variable that is not set has one of this process's own."""
    return {
        name: os.environ.get(variable) or _made_up(variable)
        for name, variable in contract.credentials.items()
    }


def given(contract: Contract) -> dict[str, str]:
    """Return each header's value, for a system that is up; raise SpecError for what is not set."""
    for name, variable in contract.credentials.items():
        if not os.environ.get(variable):
            raise SpecError(
                f"Expected the value of {name} in the environment variable {variable}, as the stack"
                " file's [contract] credentials say; it is not set."
            )
    return made_up_or_given(contract)


@cache
def _made_up(variable: str) -> str:  # noqa: ARG001 -- one for each
    return secrets.token_urlsafe(SECRET_BYTES)
