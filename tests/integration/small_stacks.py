"""What tests of small stacks share: the engines they are tried on, an image that has Python."""

import os
from typing import Final

import pytest

from testcontainers_fixtures.engines.docker_access import docker_engine_answers

# In CI the Docker engine must be there: without one these tests fail instead.
NEEDS_DOCKER: Final = pytest.mark.skipif(
    not (os.environ.get("CI") or docker_engine_answers()), reason="no Docker engine answers"
)
CONTAINERS: Final = pytest.param("containers", marks=NEEDS_DOCKER)
ENGINES: Final = pytest.mark.parametrize("engine", ["processes", CONTAINERS])
DOCKERFILE: Final = """
ARG BASE
FROM ${BASE}
RUN ln -sf "$(command -v python3)" /usr/local/bin/python \
    && install --directory --owner 10001 --mode 0700 /data
WORKDIR /app
COPY . .
USER 10001
"""
