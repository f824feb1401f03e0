"""What an operator sees while the hub works. In: what happened. Out: progress in the terminal; nothing a row says."""
