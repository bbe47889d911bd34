"""The other end of the wire and our one way to it: sessions, deadlines, caps, decoding and error mapping."""
