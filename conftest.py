"""Tells pytest where the fixtures are."""

pytest_plugins = ["testcontainers_fixtures.plugin"]
