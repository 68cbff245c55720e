"""The gateway: HTTP in, RPC out. It hides the services behind one API that repeats theirs."""
