"""One GraphQL endpoint for what addresses and exchange accounts hold, with proof of where each figure came from."""

__version__ = "0.1.0"
