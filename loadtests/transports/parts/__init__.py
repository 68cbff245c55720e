"""What runs inside those stacks: a small gateway and a small resolver for each transport."""
