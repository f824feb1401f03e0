"""GraphQL's face. In: a document, variables, an Actor. Out: the bytes of the answer.

The composition root makes `Face(catalogue, ledger)` and `DatabaseReader(conninfo)` once, and of both
`Answerer(face, reader, limits, gate, log)`, whose `answer(question, actor, asked)` is the whole of a request.
"""
