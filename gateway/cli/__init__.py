"""The command line: `gateway serve`, `sandbox`, `schema` and `check`."""
