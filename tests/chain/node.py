"""What a Solana node answers to the methods that read balances, every figure decoded from account bytes."""

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from solders.account import Account
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey
from spl.token.constants import NATIVE_DECIMALS, TOKEN_PROGRAM_ID, WRAPPED_SOL_MINT
from spl.token.instructions import amount_to_ui_amount
from spl.token.models import AmountToUiAmountParams

from tests.chain.accounts import JSON, PROGRAM_NAMES, account_json, is_scaled, mint_of, token_account_of, token_amount
from tests.chain.params import (
    RpcError,
    check_count,
    invalid_param,
    read_commitment_only,
    read_config,
    read_filter,
    read_pubkey,
    read_texts,
)
from tests.chain.pubsub import Pubsub
from tests.chain.transactions import ask

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_ACCOUNTS = 100
API_VERSION = "2.3.6"
_MAX_BASE58_BYTES = 128


class _Mint(NamedTuple):
    program: Pubkey
    decimals: int
    scaled: bool


class Node:
    """A node over one chain; it counts calls by method, and lacks the methods named in `refused`.

    All commitments see the same state, since nothing here is ever rolled back.
    """

    def __init__(self, svm: LiteSVM, payer: Keypair) -> None:
        self.calls: Counter[str] = Counter()
        self.refused: set[str] = set()
        self.pubsub = Pubsub(self)
        self._svm = svm
        self._payer = payer
        self._methods: dict[str, Callable[[list[Any]], Any]] = {
            "getBalance": self._balance,
            "getMultipleAccounts": self._multiple_accounts,
            "getTokenAccountBalance": self._token_account_balance,
            "getTokenAccountsByOwner": self._token_accounts_by_owner,
        }

    def answer(self, method: str, params: list[Any]) -> JSON:
        """The `result` of one call; raises RpcError."""
        self.calls[method] += 1
        if method not in self._methods or method in self.refused:
            raise RpcError(-32601, "Method not found")
        value = self._methods[method](params)
        return {"context": {"apiVersion": API_VERSION, "slot": self.slot}, "value": value}

    @property
    def slot(self) -> int:
        return self._svm.get_clock().slot

    def account(self, address: Pubkey, encoding: str) -> JSON | None:
        """An account as it is written in this encoding; None where it is not there."""
        stored = self._svm.get_account(address)
        return self._account_json(stored, encoding) if stored else None

    def _balance(self, params: list[Any]) -> int:
        check_count(params, 1, 2)
        address = read_pubkey(params[0])
        read_config(params[1:], self.slot)
        stored = self._svm.get_account(address)
        return stored.lamports if stored else 0

    def _multiple_accounts(self, params: list[Any]) -> list[JSON | None]:
        check_count(params, 1, 2)
        texts = read_texts(params[0])
        if len(texts) > MAX_ACCOUNTS:
            raise RpcError(-32602, f"Too many inputs provided; max {MAX_ACCOUNTS}")
        addresses = [read_pubkey(text) for text in texts]
        encoding = read_config(params[1:], self.slot).get("encoding") or "base64"
        return [self.account(address, encoding) for address in addresses]

    def _token_account_balance(self, params: list[Any]) -> JSON:
        check_count(params, 1, 2)
        address = read_pubkey(params[0])
        read_commitment_only(params[1:])
        if (stored := self._svm.get_account(address)) is None:
            raise invalid_param("could not find account")
        if (token := token_account_of(stored)) is None:
            raise invalid_param("not a Token account")
        return self._amount(token.mint, token.amount)

    def _token_accounts_by_owner(self, params: list[Any]) -> list[JSON]:
        check_count(params, 2, 3)
        owner = read_pubkey(params[0])
        kind, wanted = read_filter(params[1])
        encoding = read_config(params[2:], self.slot).get("encoding") or "binary"
        program = self._mint(wanted).program if kind == "mint" else wanted
        if program not in PROGRAM_NAMES:
            raise invalid_param("not a Token mint" if kind == "mint" else "unrecognized Token program id")
        rows = []
        for address, account in self._svm.get_program_accounts(program):
            token = token_account_of(account)
            if token and token.owner == owner and (kind == "programId" or token.mint == wanted):
                rows.append({"pubkey": str(address), "account": self._account_json(account, encoding)})
        # A node promises no order; one that stays the same makes failures repeatable.
        return sorted(rows, key=lambda row: str(row["pubkey"]))

    def _account_json(self, account: Account, encoding: str) -> JSON:
        if encoding in ("binary", "base58") and len(account.data) > _MAX_BASE58_BYTES:
            hint = "please use Base64 encoding."
            raise RpcError(
                -32600, f"Encoded binary (base 58) data should be less than {_MAX_BASE58_BYTES} bytes, {hint}"
            )
        if encoding not in ("base64", "jsonParsed"):
            raise RpcError(-32602, f"Invalid params: this node does not encode accounts as `{encoding}`.")
        return account_json(account, encoding, self._amount)

    def _mint(self, address: Pubkey) -> _Mint:
        # Nodes never consult wrapped SOL's mint account; its decimals are part of their code.
        if address == WRAPPED_SOL_MINT:
            return _Mint(TOKEN_PROGRAM_ID, NATIVE_DECIMALS, scaled=False)
        if (stored := self._svm.get_account(address)) is None:
            raise invalid_param("could not find mint")
        # Bytes are looked into before the owner is.
        if (state := mint_of(stored.data)) is None:
            raise invalid_param("Token mint could not be unpacked")
        return _Mint(stored.owner, state.decimals, is_scaled(stored.data))

    def _amount(self, address: Pubkey, amount: int) -> JSON:
        mint = self._mint(address)
        shown = token_amount(amount, mint.decimals)
        if mint.scaled:
            text = self.shown_by_program(address, amount, mint.program)
            # The wire's lossy double, and here it is the text's, with the multiplier in it.
            shown |= {"uiAmount": float(text), "uiAmountString": text}
        return shown

    def shown_by_program(self, mint: Pubkey, amount: int, program: Pubkey) -> str:
        """The display text of an amount, as the token program itself words it."""
        question = amount_to_ui_amount(AmountToUiAmountParams(program_id=program, mint=mint, amount=amount))
        return ask(self._svm, question, self._payer).decode()
