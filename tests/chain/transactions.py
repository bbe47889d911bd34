"""Signed transactions, sent to the chain's programs or only tried on them."""

from collections.abc import Sequence

from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.transaction import Transaction
from solders.transaction_metadata import FailedTransactionMetadata


class TransactionRefused(Exception):
    """The chain's programs did not accept a transaction; the text holds their log."""

    def __init__(self, failure: FailedTransactionMetadata) -> None:
        super().__init__("\n".join([str(failure.err()), *failure.meta().logs()]))


def send(svm: LiteSVM, instructions: Sequence[Instruction], signers: Sequence[Keypair]) -> None:
    """Change the chain, and move its slot on by one; the first signer pays. Raises TransactionRefused."""
    # A blockhash of its own keeps the same deed, done twice, from being taken for one sent twice.
    svm.expire_blockhash()
    outcome = svm.send_transaction(_signed(svm, instructions, signers))
    if isinstance(outcome, FailedTransactionMetadata):
        raise TransactionRefused(outcome)
    svm.warp_to_slot(svm.get_clock().slot + 1)


def ask(svm: LiteSVM, instruction: Instruction, payer: Keypair) -> bytes:
    """What a program returns to an instruction, with nothing changed. Raises TransactionRefused."""
    outcome = svm.simulate_transaction(_signed(svm, [instruction], [payer]))
    if isinstance(outcome, FailedTransactionMetadata):
        raise TransactionRefused(outcome)
    return bytes(outcome.meta().return_data().data)


def _signed(svm: LiteSVM, instructions: Sequence[Instruction], signers: Sequence[Keypair]) -> Transaction:
    return Transaction.new_signed_with_payer(
        list(instructions), signers[0].pubkey(), list(signers), svm.latest_blockhash()
    )
