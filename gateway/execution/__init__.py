"""Compiles operations: a document becomes one Python function that writes its answer as JSON, and knows no balances."""
