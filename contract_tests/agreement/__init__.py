"""What gateway and services are held to: their documents, as the stack file's [contract] has them.

`agreed_documents` reads what is published and puts it into the gateway's paths (`path_derivation`,
`document_changes`), without what is left out (`left_out`). From there on a path is the gateway's,
and `hops.path_map` leads to the service's. `checks_by_name` knows what a check may be called.

It changes documents and judges none.
"""
