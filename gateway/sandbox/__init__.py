"""The four providers on loopback, spoken faithfully: for tests, and for building a web app offline."""

from gateway.sandbox import addresses, credentials
from gateway.sandbox.fault import FAULTS, FEED_FAULTS, PUBSUB_FAULTS, RPC_FAULTS
from gateway.sandbox.server import Sandbox, open_sandbox

__all__ = [
    "FAULTS",
    "FEED_FAULTS",
    "PUBSUB_FAULTS",
    "RPC_FAULTS",
    "Sandbox",
    "addresses",
    "credentials",
    "open_sandbox",
]
