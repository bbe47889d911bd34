"""Several gateway processes over one real store, and one sandbox that counts what they ask."""
