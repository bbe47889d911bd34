"""The keys the sandbox accepts: they open nothing anywhere else, so they may be printed."""

XVERSE_API_KEY = "sandbox-xverse-key"
SOLANA_API_KEY = "sandbox-solana-key"
BLOXROUTE_AUTHORIZATION = "sandbox-bloxroute-authorization"
SFOX_TOKEN = "sandbox-sfox-token"  # noqa: S105 - opens the demo account of the sandbox, and nothing else
SFOX_OTHER_TOKEN = "sandbox-sfox-other-token"  # noqa: S105 - opens a second account, with other figures
