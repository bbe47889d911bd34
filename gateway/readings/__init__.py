"""Freshness: what is kept and for how long, one call in flight for each key, and honest outcomes."""
