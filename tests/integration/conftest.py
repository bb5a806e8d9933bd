"""Needs nothing; uses PostgreSQL (initdb) where it is installed and says so where it is not."""
