"""Other forms of the same record, for other programs: HAR, JSON Feed, a CI job's summary."""
