"""The runner's side: which configuration is measured next, its traffic driven, watched and kept.

`repetitions` and `schedule` say what is measured in which order, `runner` does it, a `trial` at a
time; in `usage/` the parts are watched meanwhile, four times a second, and that is laid on each
phase by the monotonic clock, `results` makes the record, `checkpoint` lets a run resume.
Load processes come up while a stack renews. `sizing` answers how many are needed by running the
choice: a run that was disturbed refutes nothing, the answer is then unknown and names the gate.

It starts the load process and reads what that counted; what runs inside it (`generator`) it never
imports, for what costs time there must not come in with what is convenient here.
"""
