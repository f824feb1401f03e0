"""PostgreSQL: the catalogue comes in, tables, roles, connections and a ready server go out."""
