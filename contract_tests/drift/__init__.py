"""Documents against documents: where the gateway's OpenAPI differs from its services'.

`document_sources` (with `references`, `document_texts` and `servers`) finds what is published.
`documents` reads it into operations, with `document_reader` and `operation_parts`; `schema_forms`
gives all schemas one form, `document_schemas` has each stand alone, and what cannot be read is
named (`reading`). `document_comparison` compares whole documents and `schema_differences` two
schemas: laid open by `plain_schemas`, paired by `schema_pairs` and `choices`, disputed by
`keyword_disputes`, and proved equal, where that can be, by `containment`. `drift_sentences` puts it
into sentences. `counterexamples` sends by way of `hops` the request that shows a difference, drawn
from a `narrowing` of the document.
"""
