"""What a part finds where it runs: files put in, volumes, and a Python environment.

Nothing here starts a part; engines ask for it as they do.
"""
