"""Qualification types, the qualifications of Workers, requests for them, imports from files."""
