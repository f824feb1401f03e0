"""Who is it? In: the headers of a request. Out: an Actor, or a refusal. Tokens and keys never leave this room."""
