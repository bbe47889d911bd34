"""Answers that go on: subscriptions over WebSocket, server-sent events and multipart, and what bounds them."""
