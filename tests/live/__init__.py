"""Listeners and queries together, over providers at their worst, held against the ledger of the sandbox."""
