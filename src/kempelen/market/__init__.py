"""The marketplace: one file per record, one folder per subject; folders import only those below them."""
