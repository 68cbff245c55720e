"""What collections and their callers are promised: lifecycles, concurrency, admission, exact bytes.

Each check sends a few requests that belong together; what it finds it yields, and records nothing.
"""
