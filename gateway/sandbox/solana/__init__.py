"""A Solana node: JSON-RPC as agave speaks it, behind a proxy that asks for keys."""
