"""What is followed, how it changes, and the course of what was true of it: the sandbox's own ledger, written down."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from random import Random
from typing import Any, Final

from gateway.sandbox import addresses, credentials
from gateway.sandbox.books.solana import MOST_BEHIND, TokenAccount
from tests.running import DEMO_KEY, OTHER_KEY, Gateway

_READING: Final = "outcome problem { code } provenance { servedFrom position { value } }"
ACCOUNTS: Final = (
    (addresses.TOKEN_ACCOUNT, "CONFIRMED"),
    (addresses.TOKEN_ACCOUNT, "FINALIZED"),
    (addresses.USDC_ACCOUNT, "CONFIRMED"),
    (addresses.GENERATED_TOKEN_ACCOUNTS[0], "PROCESSED"),
)
HOLDERS: Final = (addresses.DOCUMENTED_HOLDER, addresses.LEGACY_HOLDER)
CALLERS: Final = {DEMO_KEY: credentials.SFOX_TOKEN, OTHER_KEY: credentials.SFOX_OTHER_TOKEN}


@dataclass(frozen=True)
class Shown:
    """One event or answer: its outcome, what it shows (None where nothing is there, or nothing is known), and where."""

    outcome: str
    problem: str | None
    state: object
    position: int | None


@dataclass
class Subject:
    """Something that can be followed and asked for; its course is each state of it, and since which position."""

    name: str
    provider: str
    key: str
    asked: str
    selection: str
    state_of: Callable[[Mapping[str, Any]], object]
    course: list[tuple[int, object]] = field(default_factory=list)

    @property
    def subscription(self) -> str:
        return f"subscription {{ {self._asked('')} }}"

    def query(self, max_age: int | None) -> str:
        """Ask for it; runes are asked for in their account."""
        age = "" if max_age is None else f"maxAge: {max_age}"
        if self.provider == "xverse":
            address = self.asked.removeprefix("runes")
            return f"{{ account{address} {{ runes{f'({age})' if age else ''} {{ {self._selected} }} }} }}"
        return f"{{ {self._asked(age)} }}"

    def shown(self, data: Mapping[str, Any]) -> Shown:
        reading: Mapping[str, Any] = next(iter(data.values()))
        reading = reading.get("runes", reading)
        position = (reading["provenance"] or {}).get("position")
        is_shown = reading["outcome"] in ("FRESH", "STALE")
        return Shown(
            reading["outcome"],
            (reading["problem"] or {}).get("code"),
            self.state_of(reading) if is_shown else None,
            int(position["value"]) if position else None,
        )

    @property
    def _selected(self) -> str:
        return f"{_READING} {self.selection}"

    def _asked(self, age: str) -> str:
        told = self.asked if not age else f"{self.asked.removesuffix(')')}{' ' if '(' in self.asked else '('}{age})"
        return f"{told} {{ {self._selected} }}"


class World:
    """The sandbox under a gateway; no figure comes twice, so that each tells when it was true."""

    def __init__(self, gateway: Gateway, random: Random) -> None:
        self._gateway = gateway
        self._ledger = gateway.sandbox.ledger
        self._random = random
        self._serial = 1_000_000
        # What each account was before it was closed.
        self._closed: dict[str, TokenAccount] = {}
        self.subjects: Sequence[Subject] = [
            *(self._account(*each) for each in ACCOUNTS),
            *(self._holder(address) for address in HOLDERS),
            *(self._wallets(key) for key in CALLERS),
        ]

    async def begin(self) -> None:
        """Let the levels of commitment part, as they do."""
        await self._gateway.control("solana", mode={"lag": True})
        await self._gateway.control("solana", slots=MOST_BEHIND)
        for subject in self.subjects:
            subject.course.append((0, self._true(subject)))

    async def change(self, subject: Subject) -> None:
        """Change it; now and then there is nothing left, or an account is closed or opened again."""
        match subject.provider:
            case "solana":
                await self._change_account(subject)
            case "sfox":
                await self._change_wallet(subject)
            case "xverse":
                await self._change_rune(subject)

    async def let_slots_pass(self, slots: int) -> None:
        await self._gateway.control("solana", slots=slots)

    def is_true(self, subject: Subject, shown: Shown) -> bool:
        return shown.outcome in ("FRESH", "ABSENT") and shown.state == subject.course[-1][1]

    def _figure(self) -> int:
        self._serial += self._random.randint(1, 9)
        return 0 if self._random.random() < 0.08 else self._serial

    async def _change_account(self, subject: Subject) -> None:
        address, book = _address(subject), self._ledger.solana
        if address in self._closed:
            book.record(address, replace(self._closed.pop(address), amount=self._figure()))
            # The slot after it: whoever follows is told.
            self._turn(address, book.slot)
            await self.let_slots_pass(1)
            return
        account = book.account(address, "processed")
        assert isinstance(account, TokenAccount)
        # Whoever follows is told before the order is answered.
        self._turn(address, book.slot + 1, closes=(closes := self._random.random() < 0.15), amount=self._figure())
        if closes:
            self._closed[address] = account
            await self._gateway.control("solana", balance={"tokenAccount": address, "close": True})
        else:
            amount = str(self._course_of(address)[-1][1])
            await self._gateway.control("solana", balance={"tokenAccount": address, "amount": amount})

    def _turn(self, address: str, slot: int, *, closes: bool = False, amount: int | None = None) -> None:
        if amount is None:
            account = self._ledger.solana.account(address, "processed")
            assert isinstance(account, TokenAccount)
            amount = account.amount
        for each in self.subjects:
            if each.provider == "solana" and _address(each) == address:
                each.course.append((slot, None if closes else amount))

    def _course_of(self, address: str) -> Sequence[tuple[int, object]]:
        return next(each.course for each in self.subjects if each.provider == "solana" and _address(each) == address)

    async def _change_wallet(self, subject: Subject) -> None:
        token = CALLERS[subject.key]
        currency = self._random.choice([name for name, _ in self._ledger.exchange.rows(token)])
        figure = f"{self._figure()}.{self._random.randint(1, 9)}" if self._random.random() < 0.9 else "0"
        state: Any = subject.course[-1][1]
        subject.course.append((len(subject.course), {**state, currency.upper(): (Fraction(figure), Fraction(figure))}))
        await self._gateway.control(
            "sfox", balance={"token": token, "currency": currency, "balance": figure, "available": figure}
        )

    async def _change_rune(self, subject: Subject) -> None:
        address, book = _address(subject), self._ledger.bitcoin
        state: Any = subject.course[-1][1]
        rune, figure = self._random.choice(list(state)), self._figure()
        subject.course.append((book.height + 1, {**state, rune: figure}))
        await self._gateway.control("xverse", balance={"address": address, "rune": rune, "confirmed": str(figure)})

    def _true(self, subject: Subject) -> object:
        match subject.provider:
            case "solana":
                account = self._ledger.solana.account(_address(subject), "processed")
                return account.amount if isinstance(account, TokenAccount) else None
            case "xverse":
                return {each.rune: each.confirmed for each in self._ledger.bitcoin.holdings(_address(subject))}
        return {
            currency.upper(): (Fraction(row["balance"]), Fraction(row["available"]))
            for currency, row in self._ledger.exchange.rows(CALLERS[subject.key])
        }

    def _account(self, address: str, commitment: str) -> Subject:
        asked = f'tokenAccount(address: "{address}" commitment: {commitment})'
        return Subject(
            f"{address[:6]} {commitment}",
            "solana",
            DEMO_KEY,
            asked,
            "amount { atomic }",
            state_of=lambda reading: int(reading["amount"]["atomic"]),
        )

    def _holder(self, address: str) -> Subject:
        return Subject(
            f"runes of {address[:6]}",
            "xverse",
            DEMO_KEY,
            f'runes(address: "{address}")',
            "nodes { rune { id } amount { atomic } }",
            state_of=lambda reading: {each["rune"]["id"]: int(each["amount"]["atomic"]) for each in reading["nodes"]},
        )

    def _wallets(self, key: str) -> Subject:
        return Subject(
            f"wallets of {key.partition('.')[0]}",
            "sfox",
            key,
            "exchangeWallets",
            "nodes { currency { code } balance { display } available { display } }",
            state_of=lambda reading: {
                each["currency"]["code"]: (Fraction(each["balance"]["display"]), Fraction(each["available"]["display"]))
                for each in reading["nodes"]
            },
        )


def _address(subject: Subject) -> str:
    return subject.asked.split('"')[1]
