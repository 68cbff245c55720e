"""Documents against documents: where the gateway's OpenAPI differs from its services'.

And the request that shows a difference on the wire, put by way of `hops`.
"""
