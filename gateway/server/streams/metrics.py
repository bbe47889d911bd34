"""Streams, counted for the operator."""

from collections.abc import Sized

from prometheus_client import CollectorRegistry, Gauge


def count_streams(registry: CollectorRegistry, listeners: Sized, sockets: Sized) -> None:
    """Show how many subscriptions run and how many WebSockets are open."""
    for name, told, things in (
        ("gateway_subscriptions", "Subscriptions that run.", listeners),
        ("gateway_websockets", "WebSockets that are open.", sockets),
    ):
        Gauge(name, told, registry=registry).set_function(things.__len__)
