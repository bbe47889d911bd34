"""The one place where everything meets: it knows which providers exist, and opens what lives as long as the process."""

from gateway.app.app import create_app
from gateway.app.callers import account_credentials, create_callers, exchange_credentials
from gateway.app.providers import (
    CAPABILITIES,
    PROVIDERS,
    Opened,
    configured,
    open_providers,
    read_settings,
    serving,
    terms_of,
)
from gateway.app.store import SharedStore, StoreMissing, fingerprints_of, open_store

__all__ = [
    "CAPABILITIES",
    "PROVIDERS",
    "Opened",
    "SharedStore",
    "StoreMissing",
    "account_credentials",
    "configured",
    "create_app",
    "create_callers",
    "exchange_credentials",
    "fingerprints_of",
    "open_providers",
    "open_store",
    "read_settings",
    "serving",
    "terms_of",
]
