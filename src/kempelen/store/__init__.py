"""The database: knows SQLite and PostgreSQL, knows no HIT."""
