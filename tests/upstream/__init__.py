"""The way to a provider: sessions, deadlines, caps, repeats, decoding and statuses, over real sockets."""
