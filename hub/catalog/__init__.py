"""The words: what a dataset, a field, a link and an indicator are. In: declarations. Out: one checked Catalogue."""
