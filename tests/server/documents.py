"""Random documents that are valid, ask every provider, and repeat themselves in many ways."""

from collections.abc import Sequence
from string import ascii_uppercase
from typing import Any

from hypothesis import strategies as st

from gateway.sandbox.addresses import (
    DOCUMENTED_HOLDER,
    EMPTY_HOLDER,
    GENERATED_HOLDERS,
    GENERATED_TOKEN_ACCOUNTS,
    OWNER,
    OWNER_OF_MANY,
    OWNER_OF_NONE,
    RUNES_HOLDER,
    TOKEN_ACCOUNT,
)

OWNERS = (RUNES_HOLDER, RUNES_HOLDER.upper(), DOCUMENTED_HOLDER, EMPTY_HOLDER, *GENERATED_HOLDERS[:3], OWNER)
ACCOUNTS = (TOKEN_ACCOUNT, *GENERATED_TOKEN_ACCOUNTS[:250])
_owners = st.sampled_from((*OWNERS, OWNER_OF_NONE, OWNER_OF_MANY))
_ages = st.sampled_from(("", "maxAge: 0", "maxAge: 5", "maxAge: null"))
_pages = st.sampled_from(("", "first: 1", "first: 3"))
_commitments = st.sampled_from(("", "commitment: CONFIRMED", "commitment: FINALIZED"))
_skips = st.sampled_from(("", "", "", "@skip(if: true)", "@include(if: $yes)", "@skip(if: $yes)"))


def _arguments(*given: str) -> str:
    kept = ", ".join(each for each in given if each)
    return f"({kept})" if kept else ""


@st.composite
def of_account(draw: Any, level: int = 1) -> str:
    """Fields of an account, some of which may be asked for twice."""
    age, page, commitment, skip = draw(_ages), draw(_pages), draw(_commitments), draw(_skips)
    asked = [
        f"runes{_arguments(page, age)} {skip} {{ outcome nodes {{ rune {{ id inscriptionId }} }} }}",
        f"tokens{_arguments(page, age)} {skip} {{ outcome nodes {{ token {{ mint }} }} }}",
        f"tokenAccounts{_arguments(page, age, commitment)} {skip} {{ outcome }}",
        "chain",
    ]
    if level:
        owner = draw(of_account(level=level - 1))
        asked.append(f"tokenAccounts{_arguments('first: 2', age)} {{ nodes {{ owner {{ {owner} }} }} }}")
    chosen = draw(st.lists(st.sampled_from(asked), min_size=1, max_size=4))
    return " ".join(f"a{n}: {each}" for n, each in enumerate(chosen))


def listed(items: Sequence[str]) -> str:
    """Write a list of strings."""
    return "[" + ", ".join(f'"{item}"' for item in items) + "]"


@st.composite
def _token_accounts(draw: Any) -> str:
    how = _arguments(
        f"addresses: {listed(draw(st.lists(st.sampled_from(ACCOUNTS), max_size=8)))}", draw(_ages), draw(_commitments)
    )
    owner = draw(st.sampled_from(("", "owner { tokens { outcome } }", "owner { tokenAccounts(first: 1) { outcome } }")))
    return f"tokenAccounts{how} {draw(_skips)} {{ outcome {owner} }}"


@st.composite
def _many_token_accounts(draw: Any) -> str:
    start = draw(st.integers(0, 100))
    addresses = list(GENERATED_TOKEN_ACCOUNTS[start : start + draw(st.integers(90, 130))])
    return f"tokenAccounts{_arguments(f'addresses: {listed(addresses)}', draw(_commitments))} {{ outcome }}"


@st.composite
def _entities(draw: Any) -> str:
    found = [f'{{__typename: "Account", address: "{each}"}}' for each in draw(st.lists(_owners, max_size=4))]
    accounts = draw(st.lists(st.sampled_from(ACCOUNTS), max_size=4))
    found += [f'{{__typename: "TokenAccount", address: "{each}"}}' for each in accounts]
    found += [f'{{__typename: "Rune", id: "{n}:1"}}' for n in draw(st.lists(st.integers(1, 30), max_size=12))]
    shuffled = draw(st.permutations(found))
    fields = f"... on Account {{ {draw(of_account())} }} ... on TokenAccount {{ outcome }} ... on Rune {{ name }}"
    return f"_entities(representations: [{', '.join(shuffled)}]) {{ __typename {fields} }}"


@st.composite
def _portfolio(draw: Any) -> str:
    addresses = draw(st.lists(st.one_of(_owners, st.sampled_from(ACCOUNTS)), max_size=5))
    exchanges = draw(st.sampled_from(("", "exchanges: [SFOX]", "exchanges: [SFOX, SFOX]")))
    how = _arguments(f"addresses: {listed(addresses)}", exchanges, draw(_ages))
    totals = draw(st.sampled_from(("totals { positions }", "totals { asset { ... on Rune { inscriptionId } } }")))
    below = draw(st.sampled_from(("coverage { complete }", f"accounts {{ {draw(of_account())} }}")))
    return f"portfolio{how} {draw(_skips)} {{ {totals} {below} }}"


@st.composite
def _compared_runes(draw: Any) -> str:
    """Of an address that lists some runes, with a wallet that names others: those are looked up."""
    address = draw(st.sampled_from((RUNES_HOLDER, DOCUMENTED_HOLDER, *GENERATED_HOLDERS[:3])))
    names = [f"NUMBERED•RUNE•{one}{other}" for one in "ABCD" for other in ascii_uppercase]
    rows = [
        f'{{runeName: "{name}", amount: "1"}}'
        for name in draw(st.lists(st.sampled_from(names), unique=True, max_size=25))
    ]
    below = draw(st.sampled_from(("verdict", "asset { ... on Rune { id inscriptionId } }")))
    return f'reconcileRunes(address: "{address}", wallet: [{", ".join(rows)}]) {{ {below} }}'


_roots = st.one_of(
    st.builds(lambda address, fields: f'account(address: "{address}") {{ {fields} }}', _owners, of_account()),
    st.builds(
        lambda addresses, fields: f"accounts(addresses: {listed(addresses)}) {{ {fields} }}",
        st.lists(_owners, max_size=5),
        of_account(),
    ),
    st.builds(
        lambda address, how, age: "tokenAccount" + _arguments('address: "' + address + '"', how, age) + " { outcome }",
        st.sampled_from(ACCOUNTS),
        _commitments,
        _ages,
    ),
    _token_accounts(),
    _many_token_accounts(),
    _entities(),
    _portfolio(),
    _compared_runes(),
    st.builds(
        lambda owner: f'reconcileTokens(owner: "{owner}") {{ verdict observations {{ amount {{ display }} }} }}',
        st.sampled_from((OWNER, OWNER_OF_NONE, OWNER_OF_MANY, TOKEN_ACCOUNT)),
    ),
    st.builds(lambda n: f'rune(id: "{n}:1") {{ name inscriptionId }}', st.integers(1, 30)),
    st.builds(lambda age, page: f"exchangeWallets{_arguments(age, page)} {{ outcome }}", _ages, _pages),
)
roots = st.lists(_roots, min_size=1, max_size=6)


def written(fields: list[str], first: int = 0) -> str:
    """Write a document that asks for root fields, each under a name of its own."""
    named = " ".join(f"f{first + n}: {each}" for n, each in enumerate(fields))
    return f"query ($yes: Boolean! = true) {{ __typename @include(if: $yes) {named} }}"
