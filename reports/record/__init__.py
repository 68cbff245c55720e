"""What a run record is, and how its figures, names and files are written: data, no judgement."""
