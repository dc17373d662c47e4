"""Kempelen, a self-hosted Mechanical Turk: the Requester API, the marketplace behind it, and a site for Workers."""

__version__ = "0.1.0"
