"""One door to tenants' rows: a scope for the ORM and, with SET LOCAL, for PostgreSQL's row-level security."""
