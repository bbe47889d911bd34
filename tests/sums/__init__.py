"""Sums and verdicts: pure, over readings of any kind."""
