"""Every provider's sources over real sockets: one contract for all, and recorded answers for each one's quirks."""
