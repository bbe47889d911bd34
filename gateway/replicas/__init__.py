"""What the replicas of one gateway tell each other through a Redis or Valkey, and how each goes on without it."""

# Every key in the store begins with it: the store may be shared with others.
PREFIX = "balance-gateway:"
