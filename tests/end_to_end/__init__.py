"""Tests through real sockets, from the HTTP query to the providers and back."""
