"""Checks that the books, counters and histories of a database are true."""
