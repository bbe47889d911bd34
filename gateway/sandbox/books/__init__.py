"""The four books of the ledger, one for each provider."""
