"""A small complete connector to copy: service points as CSV in a folder. In: a folder. Out: deliveries.

Copy this folder, rename it after your agency, follow the comments and docs/connecting.md.
"""
