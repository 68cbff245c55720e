"""What collections and their callers are promised: lifecycles, concurrency, admission, exact bytes.

`plain_exchanges` asks any operation: forms (`form_bodies`), what is packed, what has no body.

What is made up is valid by the document, formats included: `request_bodies` after a row, with text
of ours. `admission` comes unauthenticated, and what it may change is a row made for it
(`disposable_rows`).

Each check sends a few requests that belong together; what it finds it yields, and records nothing.
"""
