"""The accounts of the small Solana at its beginning."""

from gateway.sandbox import addresses
from gateway.sandbox.books.solana import Account, Mint, PlainAccount, SolanaBook, TokenAccount

_SLOT = 301_554_251  # finalized reads 301554219, the slot of the documented example
_U64_MAX = 2**64 - 1
_RESERVE = 2_039_280
_TOKEN_ACCOUNT_LENGTH = 165
_DELEGATE = "vhtS8vhpnn4z13ZJSfyvrrSYmu75nfv9S9oBmh3jpRU"


def begin() -> SolanaBook:
    accounts: dict[str, Account] = {**_MINTS, **_TOKEN_ACCOUNTS, **_WALLETS, **_ODDITIES}
    for number, address in enumerate(addresses.GENERATED_TOKEN_ACCOUNTS):
        accounts[address] = _holding(addresses.USDC_MINT, 1_000_000 + number, owner=addresses.OWNER_OF_MANY)
    return SolanaBook(slot=_SLOT, accounts=accounts)


def _holding(mint: str, amount: int, *, owner: str = addresses.OWNER) -> TokenAccount:
    return TokenAccount(program=addresses.TOKEN_PROGRAM, mint=mint, owner=owner, amount=amount)


_MINTS: dict[str, Account] = {
    addresses.CENTS_MINT: Mint(program=addresses.TOKEN_PROGRAM, decimals=2, supply=1_000_000),
    addresses.USDC_MINT: Mint(program=addresses.TOKEN_PROGRAM, decimals=6, supply=9_999_999_999_999_999),
    addresses.WRAPPED_SOL_MINT: Mint(program=addresses.TOKEN_PROGRAM, decimals=9),
    addresses.SERUM_MINT: Mint(program=addresses.TOKEN_PROGRAM, decimals=6, supply=10**15),
    addresses.TWENTY_DECIMALS_MINT: Mint(program=addresses.TOKEN_PROGRAM, decimals=20, supply=_U64_MAX),
    addresses.MOST_DECIMALS_MINT: Mint(program=addresses.TOKEN_PROGRAM, decimals=255, supply=_U64_MAX),
    addresses.SCALED_MINT: Mint(
        program=addresses.TOKEN_2022_PROGRAM, decimals=6, supply=10**12, multiplier="2", lamports=2_240_000
    ),
    addresses.INFINITE_MINT: Mint(
        program=addresses.TOKEN_2022_PROGRAM, decimals=0, supply=10**18, multiplier="1.7e308", lamports=2_240_000
    ),
    addresses.UNPRINTABLE_MINT: Mint(
        program=addresses.TOKEN_2022_PROGRAM, decimals=4, supply=10**9, multiplier="", lamports=2_240_000
    ),
}

_TOKEN_ACCOUNTS: dict[str, Account] = {
    addresses.TOKEN_ACCOUNT: _holding(addresses.CENTS_MINT, 9864),
    addresses.SCALED_ACCOUNT: TokenAccount(
        program=addresses.TOKEN_2022_PROGRAM,
        mint=addresses.SCALED_MINT,
        owner=addresses.OWNER,
        amount=1_000_000,
        immutable_owner=True,
        lamports=2_074_080,
    ),
    addresses.USDC_ACCOUNT: _holding(addresses.USDC_MINT, 1_250_250_000),
    addresses.WIDEST_ACCOUNT: _holding(addresses.TWENTY_DECIMALS_MINT, _U64_MAX),
    addresses.DEEPEST_ACCOUNT: _holding(addresses.MOST_DECIMALS_MINT, _U64_MAX),
    addresses.ZERO_ACCOUNT: _holding(addresses.SERUM_MINT, 0),
    addresses.FROZEN_ACCOUNT: TokenAccount(
        program=addresses.TOKEN_PROGRAM,
        mint=addresses.USDC_MINT,
        owner=addresses.OWNER,
        amount=42_000_000,
        state="frozen",
    ),
    addresses.UNINITIALIZED_ACCOUNT: TokenAccount(
        program=addresses.TOKEN_PROGRAM,
        mint=addresses.USDC_MINT,
        owner=addresses.SYSTEM_PROGRAM,
        amount=0,
        state="uninitialized",
    ),
    addresses.WRAPPED_SOL_ACCOUNT: TokenAccount(
        program=addresses.TOKEN_PROGRAM,
        mint=addresses.WRAPPED_SOL_MINT,
        owner=addresses.OWNER,
        amount=3_394_846_102,
        rent_exempt_reserve=_RESERVE,
        lamports=3_394_846_102 + _RESERVE,
    ),
    addresses.DELEGATED_ACCOUNT: TokenAccount(
        program=addresses.TOKEN_PROGRAM,
        mint=addresses.CENTS_MINT,
        owner=addresses.OWNER,
        amount=500,
        delegate=_DELEGATE,
        delegated_amount=125,
        close_authority=_DELEGATE,
    ),
    addresses.TINY_ACCOUNT: TokenAccount(
        program=addresses.TOKEN_PROGRAM,
        mint=addresses.WRAPPED_SOL_MINT,
        owner=addresses.OWNER_OF_MANY,
        amount=1,
        rent_exempt_reserve=_RESERVE,
        lamports=_RESERVE + 1,
    ),
    addresses.INFINITE_ACCOUNT: TokenAccount(
        program=addresses.TOKEN_2022_PROGRAM, mint=addresses.INFINITE_MINT, owner=addresses.OWNER, amount=1000
    ),
    addresses.UNPRINTABLE_ACCOUNT: TokenAccount(
        program=addresses.TOKEN_2022_PROGRAM, mint=addresses.UNPRINTABLE_MINT, owner=addresses.OWNER, amount=31_415
    ),
}

_WALLETS: dict[str, Account] = {
    addresses.OWNER: PlainAccount(program=addresses.SYSTEM_PROGRAM, lamports=41_083_620),
    addresses.OWNER_OF_NONE: PlainAccount(program=addresses.SYSTEM_PROGRAM, lamports=2_000_000_001),
    addresses.OWNER_OF_MANY: PlainAccount(program=addresses.SYSTEM_PROGRAM, lamports=5_000),
}

_ODDITIES: dict[str, Account] = {
    addresses.UNPARSEABLE_ACCOUNT: PlainAccount(
        program=addresses.TOKEN_PROGRAM, lamports=_RESERVE, content=bytes(_TOKEN_ACCOUNT_LENGTH)
    ),
    addresses.ORPHANED_ACCOUNT: _holding(addresses.MISSING_MINT, 77),
}
