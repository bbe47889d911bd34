"""Tests of the command line, as processes of its own."""
