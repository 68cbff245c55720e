"""What a run record is, how it is judged and how it is drawn; knows nothing of stacks."""
