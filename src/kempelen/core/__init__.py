"""Values and rules: no database, no network, no files, no clock and no chance."""
