"""Questions by the dozen: one for each token account, of which nothing is known yet."""

from gateway.sandbox.addresses import GENERATED_HOLDERS, GENERATED_TOKEN_ACCOUNTS
from tests.end_to_end.asking import READING, V2, Question

ACCOUNTS = "getMultipleAccounts"


def token_account(number: int) -> Question:
    """Ask for one of 250 token accounts."""
    address = GENERATED_TOKEN_ACCOUNTS[number]
    query = f"""query ($maxAge: Int) {{ tokenAccount(address: "{address}", maxAge: $maxAge) {{
        {READING} amount {{ atomic }} }} }}"""
    return Question("solana", "SOLANA_RPC", ACCOUNTS, query, ("tokenAccount",), ("amount", "atomic"))


def holder(number: int) -> Question:
    """Ask for the runes of one of 50 addresses."""
    query = f"""query ($maxAge: Int) {{ account(address: "{GENERATED_HOLDERS[number]}") {{
        runes(maxAge: $maxAge) {{ {READING} totalCount nodes {{ amount {{ atomic }} }} }} }} }}"""
    return Question("xverse", "XVERSE", V2, query, ("account", "runes"), ("totalCount",))
