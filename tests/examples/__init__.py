"""What the examples promise: that they fit the schema and run against the gateway as they are."""
