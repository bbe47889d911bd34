"""Tests of freshness: what is kept, what is shared, and how a reading ends."""
