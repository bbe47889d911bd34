"""Tests: real parts over real sockets; each name says what a user relies on."""
