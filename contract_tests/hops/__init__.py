"""One call, seen before and after each hop: gateway, broker, service, and the service's twin.

It sends single requests and compares bytes, headers and schemas' values; it reads no document.
"""
