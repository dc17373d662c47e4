"""Sample data for `kempelen demo`."""
