"""Requesters, Workers, their keys and sessions, recovery of accounts, blocks."""
