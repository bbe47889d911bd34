"""Tests of what is closed in production: the schema's names, documents that nobody vouches for, and all faults."""
