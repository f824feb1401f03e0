"""Strawberry as its documentation shows it: resolvers, data loaders, SQLAlchemy."""
