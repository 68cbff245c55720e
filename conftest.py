"""Tells pytest where the fixtures are, and who keeps a run."""

pytest_plugins = ["testcontainers_fixtures.plugin", "contract_tests.recording.session_record"]
