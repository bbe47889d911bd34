"""The sandbox over real sockets, and the vendors' own clients talking to it."""
