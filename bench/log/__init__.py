"""The disclosure log. In: a synced demo, or made entries. Out: what it costs, how fast it is proved and asked."""
