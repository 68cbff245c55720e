"""The pytest plugin of a suite that is about its stack: `installed_plugin`, and short option names.

Such a session says at once what it would run, and refuses what cannot be before it collects.
"""

import pytest

from testcontainers_fixtures import session_options
from testcontainers_fixtures.session import installed_plugin, plugin_options, session_stack


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Offer the short names, and what else the installed plugin has, once."""
    # Under the name of its entry point, by which pytest knows that it is there already.
    if not pluginmanager.has_plugin(plugin_options.PREFIX):
        pluginmanager.register(installed_plugin, plugin_options.PREFIX)
    plugin_options.add_short(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse what cannot be before anything is collected."""
    session_stack.awake(config)


def pytest_report_header(config: pytest.Config) -> str:
    """Say which engine would run a stack."""
    return f"stack: {session_options.stack_file(config)} on {session_options.engine(config)}"
