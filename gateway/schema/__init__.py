"""Strawberry types and resolvers: they dress readings for callers and decide nothing about them."""
