"""The runes there are, and who holds them at the beginning."""

from gateway.sandbox import addresses
from gateway.sandbox.books.bitcoin import BitcoinBook, Rune, RuneBalance

_HEIGHT = 871_204
_U128_MAX = 2**128 - 1
_MANY = 130

_RUNES = (
    Rune(
        id=addresses.SANDBOX_ALPHA_COIN,
        name="SANDBOX•ALPHA•COIN",
        divisibility=5,
        symbol="₳",
        inscription="9f3c0d6c2a4b1e5f7788990011223344556677889900aabbccddeeff00112233i0",
    ),
    Rune(id=addresses.WIDEST_RUNE, name="WIDEST•RUNE", divisibility=38, symbol="¤"),
    Rune(id=addresses.BARE_MINIMUM, name="BAREMINIMUM"),
    Rune(id=addresses.ZERO_BALANCE_RUNE, name="ALL•SPENT•ALREADY", divisibility=2, symbol="Z"),
    Rune(id=addresses.UNCOMMON_GOODS, name="UNCOMMON•GOODS", divisibility=0, symbol="⧉"),
    Rune(id=addresses.UNNAMED_RUNE, name="AAAAAAAAAAAAAAAAZSLFFIYLSID", divisibility=3, symbol="N"),
    Rune(id=addresses.GOOD_DOG, name="SUCH•A•GOOD•DOG", divisibility=8, symbol="🐕"),
    Rune(id=addresses.CHAINED_MEMPOOL_RUNE, name="CHAINED•IN•THE•MEMPOOL", divisibility=2, symbol="⛓"),
)


def begin() -> BitcoinBook:
    many = tuple(_numbered_rune(n) for n in range(_MANY))
    holdings = {
        addresses.RUNES_HOLDER: _RUNES_HOLDER,
        addresses.DOCUMENTED_HOLDER: _DOCUMENTED_HOLDER,
        addresses.LEGACY_HOLDER: (_settled(addresses.UNCOMMON_GOODS, 21),),
        addresses.MANY_RUNES_HOLDER: tuple(_settled(rune.id, 1000 + n) for n, rune in enumerate(many)),
    }
    generated = {address: _generated(n) for n, address in enumerate(addresses.GENERATED_HOLDERS)}
    return BitcoinBook(height=_HEIGHT, runes=_RUNES + many, holdings={**holdings, **generated})


def _settled(rune: str, amount: int) -> RuneBalance:
    return RuneBalance(rune=rune, confirmed=amount, available=amount)


_RUNES_HOLDER = (
    # A spend of 50002500 whose change of 50000000 comes back: 2500 leave on balance.
    RuneBalance(
        rune=addresses.SANDBOX_ALPHA_COIN,
        confirmed=150_000_001,
        available=100_000_001,
        incoming=50_000_000,
        outgoing=50_002_500,
    ),
    _settled(addresses.WIDEST_RUNE, _U128_MAX),
    _settled(addresses.BARE_MINIMUM, 7),
    _settled(addresses.ZERO_BALANCE_RUNE, 0),
    _settled(addresses.UNCOMMON_GOODS, 3),
    _settled(addresses.UNNAMED_RUNE, 27_000),
    _settled(addresses.GOOD_DOG, 4_200_000_042),
    # One output of 10000 spent twice over in a chain: 10000 out, 9000 back, 9000 out again, 8000 back.
    RuneBalance(
        rune=addresses.CHAINED_MEMPOOL_RUNE, confirmed=25_000, available=15_000, incoming=17_000, outgoing=19_000
    ),
)

_DOCUMENTED_HOLDER = (
    _settled(addresses.SANDBOX_ALPHA_COIN, 5_000_000),
    RuneBalance(rune=addresses.GOOD_DOG, confirmed=1, available=1, incoming=100_000_000),
)


def _numbered_rune(number: int) -> Rune:
    letters = chr(ord("A") + number // 26) + chr(ord("A") + number % 26)
    return Rune(id=f"{900_000 + number}:1", name=f"NUMBERED•RUNE•{letters}", divisibility=number % 9, symbol="#")


def _generated(number: int) -> tuple[RuneBalance, ...]:
    first = _settled(addresses.SANDBOX_ALPHA_COIN, 100_000 * (number + 1))
    return (first, _settled(addresses.UNCOMMON_GOODS, number)) if number % 2 else (first,)
