"""Documents against documents: where the gateway's OpenAPI differs from its services'.

`document_sources` (with `references`, `document_texts` and `servers`) finds what is published.
`documents` reads it into operations, with `document_reader` and `operation_parts`;
`document_schemas` has each schema stand alone, and what cannot be read is named (`reading`).
`document_comparison` compares whole documents, and the room `schemas` two schemas of them: in one
form, laid open, paired, disputed keyword by keyword, and proved equal where that can be.
`drift_sentences` puts it into sentences, and the room `telling` tells each once, with what it does
to callers. `readable_documents` leaves out what nobody can read. `counterexamples` sends by way of
`hops` the request that shows a difference, drawn from a `narrowing` of the document.
"""
