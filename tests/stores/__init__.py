"""Real stores, Redis and Valkey, as processes that a test starts and treats badly."""
