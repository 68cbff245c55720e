"""Starts, scales and breaks running copies of a system described by a stack file.

`stack_spec` is that file, validated. `stack` is a running copy and says what is to run, `fleet`
runs it: everything is brought up at once, each part proves by a request that it is ready, and last
one real call a service goes through the gateway. Scaling restarts only the parts concerned; `reset`
starts services over with empty data and seeds them by HTTP, which works on every engine. A stack
that was attached to refuses every change before any of it is done (`NotOursError`), a fault says so
where the system has nothing that it could break (`NotApplicableError`), and the plugin turns both
into a skip.

`redaction` knows what is secret in this process and shows texts without it: whatever is kept passes
it, and `redacted_reports` has pytest's reports pass it. `terminal_text` and `terminal_reports` see
that nothing a system answers steers a terminal. `temporary_folders` go with a command;
`writable_folders` says in a sentence what cannot be written to. `auth_proxy` is for clients that
know nothing of credentials: it adds what a request does not show itself.
"""
