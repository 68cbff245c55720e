"""The runner's side: which configuration is measured next, its traffic driven, watched and kept.

It starts the load process and reads what that counted; what runs inside it (`generator`) it never
imports, for what costs time there must not come in with what is convenient here.
"""
