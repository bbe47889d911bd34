"""Subscriptions over every transport: what a listener hears, what it may not do, and how it is let go."""
