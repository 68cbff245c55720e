"""A pytest session that holds a stack: what is there once the package is installed.

`installed_plugin` is loaded by every pytest session of its environment, so it imports next to
nothing; what a stack takes is imported with the first test that asks for one.
"""
