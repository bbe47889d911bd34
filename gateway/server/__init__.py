"""The HTTP face: GraphQL over HTTP, GraphiQL, callers, limits and health."""
