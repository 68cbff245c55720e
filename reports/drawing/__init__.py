"""Draws: each module one kind of picture as SVG, on `svg` and `scales`."""
