"""sFOX's wallets as they are read, and its feed over real sockets against the sandbox."""
