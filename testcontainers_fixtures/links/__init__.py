"""Named TCP paths of a stack that a fault can cut, black-hole or slow."""
