//! One database interface over PostgreSQL and SQLite.
