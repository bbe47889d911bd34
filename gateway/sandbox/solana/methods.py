"""The methods of the node, each answering at one slot."""

from collections.abc import Callable, Mapping
from typing import Final

from gateway.sandbox import addresses
from gateway.sandbox.books.solana import Account, Commitment, Mint, PlainAccount, SolanaBook, TokenAccount
from gateway.sandbox.solana.envelope import METHOD_NOT_FOUND, RpcError, invalid_params
from gateway.sandbox.solana.parameters import Config, bare_commitment, config, counted, key, keys, token_filter
from gateway.sandbox.solana.shown import FindMint, account_shown, is_parseable, token_amount
from gateway.sandbox.wire import Json

_VERSION = "2.3.6"
_FEATURE_SET = 3_640_012_085
_TOKEN_PROGRAMS = (addresses.TOKEN_PROGRAM, addresses.TOKEN_2022_PROGRAM)
# The node knows this mint by heart and never reads its account.
_WRAPPED_SOL = Mint(program=addresses.TOKEN_PROGRAM, decimals=9)
# To a subscriber, an account that is not there is one that never had anything.
_GONE = PlainAccount(program=addresses.SYSTEM_PROGRAM, lamports=0)
_TOO_LONG_TO_WATCH = "error: data too large for bs58 encoding"


class Methods:
    """The methods over one book of accounts."""

    def __init__(self, book: SolanaBook, *, max_accounts: int) -> None:
        self._book = book
        self._max_accounts = max_accounts

    def call(self, name: str, params: Json) -> Json:
        """Raise RpcError where the node would refuse."""
        if name not in _METHODS:
            raise RpcError(*METHOD_NOT_FOUND)
        method, least, most = _METHODS[name]
        return method(self, *counted(params, least, most))

    def get_token_account_balance(self, address: Json, told: Json) -> Json:
        """Ignores minContextSlot, and refuses a config that has nothing else."""
        wanted = key(address)
        commitment = bare_commitment(told)
        account = self._book.account(wanted, commitment)
        if account is None:
            raise invalid_params("Invalid param: could not find account")
        if not isinstance(account, TokenAccount):
            raise invalid_params("Invalid param: not a Token account")
        mint = self._find_mint(commitment)(account.mint)
        if mint is None:
            raise invalid_params("Invalid param: could not find mint")
        return self._at(commitment, token_amount(account.amount, mint))

    def get_multiple_accounts(self, addresses_: Json, told: Json) -> Json:
        wanted = keys(addresses_)
        options = config(told)
        if len(wanted) > self._max_accounts:
            raise invalid_params(f"Too many inputs provided; max {self._max_accounts}")
        sought = [key(address) for address in wanted]
        self._reach(options)
        return self._at(options.commitment, [self._shown(address, options, "base64") for address in sought])

    def get_account(self, address: Json, told: Json) -> Json:
        wanted, options = key(address), config(told)
        self._reach(options)
        return self._at(options.commitment, self._shown(wanted, options, "binary"))

    def get_token_accounts_by_owner(self, owner: Json, told_filter: Json, told: Json) -> Json:
        """Under jsonParsed, what cannot be parsed is dropped without a word."""
        wanted = key(owner)
        name, chosen = token_filter(told_filter)
        options = config(told)
        self._reach(options)
        program, mint = self._program_and_mint(name, chosen, options.commitment)
        find_mint = self._find_mint(options.commitment)
        parsed = options.encoding == "jsonParsed"
        found = [
            {"account": self._shown(address, options, "binary"), "pubkey": address}
            for address, account in self._book.token_accounts(wanted, options.commitment).items()
            if account.program == program
            and mint in (None, account.mint)
            and (not parsed or is_parseable(account, find_mint))
        ]
        return self._at(options.commitment, found)

    def get_balance(self, address: Json, told: Json) -> Json:
        wanted, options = key(address), config(told)
        self._reach(options)
        account = self._book.account(wanted, options.commitment)
        return self._at(options.commitment, account.lamports if account else 0)

    def get_slot(self, told: Json) -> Json:
        options = config(told)
        self._reach(options)
        return self._book.slot_at(options.commitment)

    def watched(self, address: str, options: Config) -> Json:
        """What a subscriber is told; an account that is gone has nothing, and no lamports."""
        commitment = options.commitment
        account = self._book.account(address, commitment) or _GONE
        encoding, find_mint = options.encoding or "binary", self._find_mint(commitment)
        try:
            shown = account_shown(account, options, encoding, find_mint)
        except RpcError:
            # Nobody is there to be refused: the node writes its regret where the bytes would be.
            shown = account_shown(account, options, "base64", find_mint)
            shown["data"] = _TOO_LONG_TO_WATCH if encoding == "binary" else [_TOO_LONG_TO_WATCH, encoding]
        if account is _GONE:
            shown["rentEpoch"] = 0
        return {"context": {"slot": self._book.slot_at(commitment)}, "value": shown}

    def get_health(self) -> Json:
        return "ok"

    def get_version(self) -> Json:
        return {"feature-set": _FEATURE_SET, "solana-core": _VERSION}

    def _at(self, commitment: Commitment, value: Json) -> Json:
        return {"context": {"apiVersion": _VERSION, "slot": self._book.slot_at(commitment)}, "value": value}

    def _reach(self, options: Config) -> None:
        slot = self._book.slot_at(options.commitment)
        if options.min_context_slot is not None and options.min_context_slot > slot:
            raise RpcError(-32016, "Minimum context slot has not been reached", {"contextSlot": slot})

    def _shown(self, address: str, options: Config, usual: str) -> Json:
        account: Account | None = self._book.account(address, options.commitment)
        if account is None:
            return None
        find_mint = self._find_mint(options.commitment)
        return account_shown(account, options, options.encoding or usual, find_mint)

    def _find_mint(self, commitment: Commitment) -> FindMint:
        def find(address: str) -> Mint | None:
            if address == addresses.WRAPPED_SOL_MINT:
                return _WRAPPED_SOL
            found = self._book.account(address, commitment)
            return found if isinstance(found, Mint) else None

        return find

    def _program_and_mint(self, name: str, chosen: str, commitment: Commitment) -> tuple[str, str | None]:
        if name == "programId":
            if chosen not in _TOKEN_PROGRAMS:
                raise invalid_params("Invalid param: unrecognized Token program id")
            return chosen, None
        found = self._book.account(chosen, commitment)
        if found is None:
            raise invalid_params("Invalid param: could not find mint")
        if not isinstance(found, Mint):
            raise invalid_params("Invalid param: not a Token mint")
        return found.program, chosen


# Name -> method, fewest and most parameters.
_METHODS: Final[Mapping[str, tuple[Callable[..., Json], int, int]]] = {
    "getTokenAccountBalance": (Methods.get_token_account_balance, 1, 2),
    "getMultipleAccounts": (Methods.get_multiple_accounts, 1, 2),
    "getAccountInfo": (Methods.get_account, 1, 2),
    "getTokenAccountsByOwner": (Methods.get_token_accounts_by_owner, 2, 3),
    "getBalance": (Methods.get_balance, 1, 2),
    "getSlot": (Methods.get_slot, 0, 1),
    "getHealth": (Methods.get_health, 0, 0),
    "getVersion": (Methods.get_version, 0, 0),
}
METHODS: Final = tuple(_METHODS)
