"""What travels between gateway and resolver, and the calls that carry it."""
