"""The marketplace: one file per record; a file imports only files above it in the list of docs/architecture.md."""
