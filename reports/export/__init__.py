"""Other forms of the same record, for other programs: HAR, JSON Feed, what a CI job is told."""
