"""How the parts of a stack are run: in containers, as processes, or not at all."""
