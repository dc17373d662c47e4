"""The worker site: HTML pages and forms, sessions, and the same by JSON for programs."""
