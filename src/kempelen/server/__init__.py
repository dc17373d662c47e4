"""The server process and the ASGI callable in front of all edges."""
