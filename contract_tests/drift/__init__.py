"""Documents against documents: where the gateway's OpenAPI differs from its services'.

`document_sources` (with `references` and `servers`) finds what is published, `documents` reads it
into operations, `schema_differences` compares schemas by containment, `document_comparison` whole
documents, `differences` puts it into sentences. `counterexamples` sends by way of `hops` the
request that shows a difference, drawn from a `narrowing` of the document.
"""
