"""The disclosure log. In: what was answered, to whom, about which households. Out: a committed entry, or no answer."""
