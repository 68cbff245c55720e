"""The one HTTP client of the harness: exact, verified, bounded in time and size."""
