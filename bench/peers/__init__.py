"""Four other ways to answer the same questions over the same tables, set up by us and installed into .work/peers."""
