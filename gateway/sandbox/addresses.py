"""The addresses worth asking about, each with the reason it is there."""

from hashlib import sha256
from typing import Final

from gateway.sandbox import base58, bitcoin_address

_GENERATED_HOLDERS = 50
_GENERATED_TOKEN_ACCOUNTS = 250


def _seeded(label: str) -> bytes:
    return sha256(f"sandbox {label}".encode()).digest()


# Bitcoin addresses.
# Runes of every kind: negative net, u128 at divisibility 38, a zero, no symbol, a dog, the genesis rune.
RUNES_HOLDER: Final = "bc1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkq2zhlxt"
# The address in the vendor's own documentation; holds two runes.
DOCUMENTED_HOLDER: Final = "bc1q0egjvlcfq77cxd9kvpgppyuxckzvws46e3sxch"
# A legacy (P2PKH) address that holds one rune.
LEGACY_HOLDER: Final = "1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa22"
# Holds 130 runes: three pages where v1 pages.
MANY_RUNES_HOLDER: Final = "bc1pjnex24t7e7up7kd7rzj76xma8hv7szf6rqt0r6xq4wl8d57aht7q9jhcj0"
# Valid, and holds nothing: 200 with an empty list.
EMPTY_HOLDER: Final = "bc1qtzxrp82npyp8vrp797utjzk52t6apsu8pqtyjd"
# A taproot address that nobody has used yet.
NEW_HOLDER: Final = bitcoin_address.p2tr(_seeded("new holder"))
# Fifty P2WPKH addresses with one or two runes each, for asking many at once.
GENERATED_HOLDERS: Final = tuple(bitcoin_address.p2wpkh(_seeded(f"holder {n}")[:20]) for n in range(_GENERATED_HOLDERS))

# Runes.
SANDBOX_ALPHA_COIN: Final = "840123:17"  # divisibility 5, symbol ₳, an inscription
WIDEST_RUNE: Final = "840200:3"  # divisibility 38; one address holds all 2^128 - 1
BARE_MINIMUM: Final = "871000:1"  # no divisibility, no symbol, no inscription
UNCOMMON_GOODS: Final = "1:0"  # the genesis rune: divisibility 0, symbol ⧉
ZERO_BALANCE_RUNE: Final = "840300:9"  # known, held once, all spent: an amount of 0
UNNAMED_RUNE: Final = "845000:211"  # its name was assigned, so it has 27 letters
GOOD_DOG: Final = "840777:42"  # symbol 🐕: one code point, two UTF-16 units
CHAINED_MEMPOOL_RUNE: Final = "850001:4"  # change re-spent in the mempool: available is not confirmed - outgoing

# Solana owners.
# A wallet with token accounts under both token programs; bloXroute knows it too.
OWNER: Final = "3dGoFzaDHbU5Y8RFT8uUYn19VjckDnJn4guWvSzxM8pL"
# A wallet whose key is 43 characters long; it holds SOL and no token account.
OWNER_OF_NONE: Final = "Z2iSdbwVQgwCPhPyUrpoxro814FxA8fBUdRJG2rFkoy"
# The owner of the 250 generated token accounts.
OWNER_OF_MANY: Final = "GafvXMEGWFt7Jwdp4DBbjWK4495oWpbbYmAwdifbg92E"

# Solana token accounts.
# 9864 at 2 decimals: 98.64, the documented example.
TOKEN_ACCOUNT: Final = "Ao7Gmmo61F91H7sxUSNAr9aMT2sGAyY7H8S1LZErczyK"  # noqa: S105 - a public address
# Token-2022, scaled mint with multiplier 2: 1000000 at 6 decimals shows as 2.
SCALED_ACCOUNT: Final = "4pSPKggRgkcFKGyaxc7Q3hCmra7wC95WTQ8Rr5V4kUWU"
USDC_ACCOUNT: Final = "4gM1rMRFWdRRKm6Tm46uxgUhSeELcuNj83uLjPRrhXaE"
# 2^64 - 1 at 20 decimals: uiAmount is null.
WIDEST_ACCOUNT: Final = "BCqzU8AtB9HRHTaLPKCwj3NaQt9SMu8CiCjiwT7PaqzB"
# 2^64 - 1 at 255 decimals: uiAmountString has 257 characters.
DEEPEST_ACCOUNT: Final = "4WUTFTNNk55KSadLxyMibaj3hg4bJk8SVXvpjzcvEStH"
FROZEN_ACCOUNT: Final = "57pXmzc8syBd1i86acfJ3ios7j9qCeYAw6XNFEMAJZuA"
# Was open once: "could not find account", or null among others.
CLOSED_ACCOUNT: Final = "BfmL2Z8DbzESnkUnDSRDgEk1JuCgrTq6Tit68p8KAyNw"
# Parsed with state "uninitialized", as some indexers show it.
UNINITIALIZED_ACCOUNT: Final = "5qWGRzHEVmCgdwD3yNg9UFbBhPqRvozb3ccZ3GuF5VPc"
# 165 zero bytes under the token program, as a stock node shows it: base64, "not a Token account".
UNPARSEABLE_ACCOUNT: Final = "34TkrNEjLnbbwhQsYxNTQoSDYgHHCUtGNQnxzMbnbm4T"
# Its mint is gone: base64, "could not find mint".
ORPHANED_ACCOUNT: Final = "A4uHHgbhqfx4U7s9w46dk3gDfznPrB614j6DNUqzZa1Y"
# Wrapped SOL: isNative, with a rentExemptReserve.
WRAPPED_SOL_ACCOUNT: Final = "GpsQnVnXsQ2iTanM6nd7BYos5R39XryCU4zV8gwj57na"
ZERO_ACCOUNT: Final = "CzzuyPq9xeYgPyZc6KFKR4WXdkUaXe2MZcPbC8qXJG7C"
# Has a delegate, a delegated amount and a close authority.
DELEGATED_ACCOUNT: Final = "ErJTk7Ce6fJHSGMGbYv8367Z8ADF9fidKPo9GFQZGANu"
# Its multiplier overflows: uiAmountString "inf", uiAmount null, amount exact.
INFINITE_ACCOUNT: Final = "3VL4WhU4ZnZymsXpgRfGwrdjmYZDUpCxR8D9HXKXDRbm"
# Its conversion fails: uiAmountString "", uiAmount null, amount exact.
UNPRINTABLE_ACCOUNT: Final = "4wn5RawQHvVBzVVXHzd3raoTizGsVoFjrTrUKAUmzYwp"
# One atomic unit at 9 decimals: uiAmount prints as 1e-9.
TINY_ACCOUNT: Final = "2SAdTtGa1tVXyQQrBFUQoJvBLaH9an2jSCPKVyVcwaTp"
# A key nobody ever used.
NEVER_CREATED: Final = "5dgLd17jooS4V5kbQYcGwwgtRWhb5bq67D5UEvQxLbBu"
# 44 legal characters that decode to 33 bytes.
TOO_LONG_KEY: Final = "JEKNVnkbo3jma5nREBBJCDoXFVeKkD56V3xKrvRmWxFH"
GENERATED_TOKEN_ACCOUNTS: Final = tuple(
    base58.encode(_seeded(f"token account {n}")) for n in range(_GENERATED_TOKEN_ACCOUNTS)
)

# Who owns the token accounts of a crowd.
OWNER_OF_CROWD: Final = base58.encode(_seeded("owner of the crowd"))

# Solana mints and programs.
SCALED_MINT: Final = "5xyucW429fmKFNh1UoEH7qtDo38dPPB3ztUuiqjWq3R"
USDC_MINT: Final = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"
SERUM_MINT: Final = "SRMuApVNdxXokk5GT7XD5cUUgXMBCoAz2LHeuAoKWRt"
WRAPPED_SOL_MINT: Final = "So11111111111111111111111111111111111111112"
CENTS_MINT: Final = "9Vh8vkX7z6mw5N8KzWbCKGsfz25cNyMjwUUs471hxU9D"  # 2 decimals
TWENTY_DECIMALS_MINT: Final = "DUJC6JV6HLLLgCbo7kWa6LL2MrQinFx8WvT9rgGKPjKa"
MOST_DECIMALS_MINT: Final = "88SwcywJGFKUYeeCWiYDG2p9ZsmLBsHy2nV1TPUR2tV1"  # 255 decimals
INFINITE_MINT: Final = "5A6FpecQfRWSrZkKQJu7i1sPAWKtJRz41ji5F1iK6PCV"
UNPRINTABLE_MINT: Final = "spqD8ZFaZE5tKLC2nBzQUH4RpdtRgwW6Bx9beGQrQKo"
MISSING_MINT: Final = "4AihATMVjRSkmYEwTEJM2MU6tK8VsjWP4zFeMRNcBv9G"
SYSTEM_PROGRAM: Final = "11111111111111111111111111111111"
TOKEN_PROGRAM: Final = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"  # noqa: S105 - a public address
TOKEN_2022_PROGRAM: Final = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb"  # noqa: S105 - a public address


def crowd_holders(count: int) -> tuple[str, ...]:
    """Name the Bitcoin addresses of a crowd: a larger one begins with a smaller one's."""
    return tuple(bitcoin_address.p2wpkh(_seeded(f"crowd holder {n}")[:20]) for n in range(count))


def crowd_token_accounts(count: int) -> tuple[str, ...]:
    """Name the Solana token accounts of a crowd: a larger one begins with a smaller one's."""
    return tuple(base58.encode(_seeded(f"crowd token account {n}")) for n in range(count))
