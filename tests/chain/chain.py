"""A chain in one process: real transactions, run by the token programs that LiteSVM bundles."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey
from solders.system_program import CreateAccountParams, TransferParams, create_account, transfer
from solders.token.state import TokenAccount
from spl.token import instructions as spl
from spl.token import models
from spl.token.constants import ACCOUNT_LEN, MINT_LEN, TOKEN_PROGRAM_ID, WRAPPED_SOL_MINT

from tests.chain.accounts import token_account_of
from tests.chain.node import Node
from tests.chain.rpc import serve_rpc
from tests.chain.scaling import SCALED_MINT_LEN, initialize_scaling
from tests.chain.transactions import send

LAMPORTS_PER_SOL = 10**9


class Chain:
    """What can be done on the chain; whatever is done moves the slot on by one.

    The payer is every mint's authority for minting and freezing. Wallets made here sign when their tokens move.
    """

    def __init__(self) -> None:
        self.svm = LiteSVM()
        self.payer = Keypair()
        self.svm.airdrop(self.payer.pubkey(), 1_000 * LAMPORTS_PER_SOL)
        self.node = Node(self.svm, self.payer)
        self.url = ""
        self._wallets: dict[Pubkey, Keypair] = {}

    @property
    def slot(self) -> int:
        return self.svm.get_clock().slot

    def token_account(self, account: Pubkey) -> TokenAccount:
        """The account's state, straight from its bytes; ValueError if it is not a token account."""
        stored = self.svm.get_account(account)
        state = token_account_of(stored) if stored else None
        if state is None:
            raise ValueError(f"{account} is not a token account")
        return state

    def create_wallet(self, lamports: int = 0) -> Pubkey:
        keypair = Keypair()
        self._wallets[keypair.pubkey()] = keypair
        if lamports:
            self.send_sol(keypair.pubkey(), lamports)
        return keypair.pubkey()

    def create_mint(
        self, decimals: int, *, program: Pubkey = TOKEN_PROGRAM_ID, multiplier: int | None = None
    ) -> Pubkey:
        """Make a mint; a multiplier (Token-2022 only) scales what wallets show, never what accounts hold."""
        mint, authority = Keypair(), self.payer.pubkey()
        initialize = spl.initialize_mint2(
            models.InitializeMint2Params(
                decimals=decimals,
                program_id=program,
                mint=mint.pubkey(),
                mint_authority=authority,
                freeze_authority=authority,
            )
        )
        if multiplier is None:
            self._send(self._allocate(mint, MINT_LEN, program), initialize, signer=mint)
        else:
            # An extension has to be there before the mint is initialized.
            extend = initialize_scaling(mint.pubkey(), authority, multiplier)
            self._send(self._allocate(mint, SCALED_MINT_LEN, program), extend, initialize, signer=mint)
        return mint.pubkey()

    def create_account(self, mint: Pubkey, owner: Pubkey) -> Pubkey:
        """Make a token account at an address of its own, so that one owner may have many of a mint."""
        program = self._program_of(mint)
        account = Keypair()
        initialize = spl.initialize_account3(
            models.InitializeAccount3Params(program_id=program, account=account.pubkey(), mint=mint, owner=owner)
        )
        self._send(self._allocate(account, ACCOUNT_LEN, program), initialize, signer=account)
        return account.pubkey()

    def create_associated_account(self, mint: Pubkey, owner: Pubkey) -> Pubkey:
        """Make the owner's associated token account; under Token-2022 it has the immutable owner extension."""
        program = self._program_of(mint)
        self._send(spl.create_associated_token_account(self.payer.pubkey(), owner, mint, program))
        return spl.get_associated_token_address(owner, mint, program)

    def create_blank_account(self, program: Pubkey = TOKEN_PROGRAM_ID) -> Pubkey:
        """Make room for a token account and leave it uninitialized."""
        account = Keypair()
        self._send(self._allocate(account, ACCOUNT_LEN, program), signer=account)
        return account.pubkey()

    def mint_to(self, mint: Pubkey, account: Pubkey, amount: int) -> None:
        params = models.MintToParams(
            program_id=self._program_of(account),
            mint=mint,
            dest=account,
            mint_authority=self.payer.pubkey(),
            amount=amount,
        )
        self._send(spl.mint_to(params))

    def transfer(self, source: Pubkey, destination: Pubkey, amount: int) -> None:
        """Move tokens; the owner of the source must be a wallet made here."""
        owner = self._owner_of(source)
        params = models.TransferParams(
            program_id=self._program_of(source),
            source=source,
            dest=destination,
            owner=owner.pubkey(),
            amount=amount,
        )
        self._send(spl.transfer(params), signer=owner)

    def approve(self, account: Pubkey, delegate: Pubkey, amount: int) -> None:
        """Let a delegate move up to an amount (atomic units) out of the account."""
        owner = self._owner_of(account)
        params = models.ApproveParams(
            program_id=self._program_of(account),
            source=account,
            delegate=delegate,
            owner=owner.pubkey(),
            amount=amount,
        )
        self._send(spl.approve(params), signer=owner)

    def freeze(self, account: Pubkey) -> None:
        params = models.FreezeAccountParams(
            program_id=self._program_of(account),
            account=account,
            mint=self.token_account(account).mint,
            authority=self.payer.pubkey(),
        )
        self._send(spl.freeze_account(params))

    def close(self, account: Pubkey) -> None:
        """Close an account, which must be empty unless it is native; its lamports go to its owner."""
        owner = self._owner_of(account)
        params = models.CloseAccountParams(
            program_id=self._program_of(account),
            account=account,
            dest=owner.pubkey(),
            owner=owner.pubkey(),
        )
        self._send(spl.close_account(params), signer=owner)

    def wrap_sol(self, owner: Pubkey, lamports: int) -> Pubkey:
        account = self.create_account(WRAPPED_SOL_MINT, owner)
        self.send_sol(account, lamports)
        self.sync(account)
        return account

    def send_sol(self, address: Pubkey, lamports: int) -> None:
        """Send lamports to any address; a native token account shows them only once it is synced."""
        self._send(transfer(TransferParams(from_pubkey=self.payer.pubkey(), to_pubkey=address, lamports=lamports)))

    def sync(self, account: Pubkey) -> None:
        self._send(spl.sync_native(models.SyncNativeParams(program_id=TOKEN_PROGRAM_ID, account=account)))

    def _allocate(self, account: Keypair, size: int, program: Pubkey) -> Instruction:
        return create_account(
            CreateAccountParams(
                from_pubkey=self.payer.pubkey(),
                to_pubkey=account.pubkey(),
                lamports=self.svm.minimum_balance_for_rent_exemption(size),
                space=size,
                owner=program,
            )
        )

    def _program_of(self, account: Pubkey) -> Pubkey:
        # Clusters have the wrapped SOL mint since genesis, this chain has not; the program knows it by its address.
        if account == WRAPPED_SOL_MINT:
            return TOKEN_PROGRAM_ID
        if (stored := self.svm.get_account(account)) is None:
            raise ValueError(f"{account} does not exist")
        return stored.owner

    def _owner_of(self, account: Pubkey) -> Keypair:
        return self._wallets[self.token_account(account).owner]

    def _send(self, *instructions: Instruction, signer: Keypair | None = None) -> None:
        send(self.svm, instructions, [self.payer, signer] if signer else [self.payer])
        self.node.pubsub.publish()


@asynccontextmanager
async def open_chain() -> AsyncIterator[Chain]:
    """Open a chain with nothing on it, and its node on a free port of loopback at `url`."""
    chain = Chain()
    async with serve_rpc(chain.node) as chain.url:
        yield chain
