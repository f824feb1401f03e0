"""How a source is reached. In: an address and declared forms. Out: deliveries, read once and in bounded batches."""
