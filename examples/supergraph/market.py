"""A subgraph beside the gateway: it gives runes a price and accounts a label, and knows nothing of balances."""

import socket
from decimal import Decimal
from typing import Annotated, NewType, Self

import click
import strawberry
import uvicorn
from strawberry import federation
from strawberry.asgi import GraphQL
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet
from strawberry.schema.config import StrawberryConfig

# A router passes the gateway's addresses and decimals through as text; they need no second reading here.
Address = NewType("Address", str)
DECIMAL = strawberry.scalar(name="Decimal", serialize=lambda value: f"{value:f}", parse_value=Decimal)
ADDRESS = strawberry.scalar(name="Address", serialize=str, parse_value=str)

# Made up, in US dollars for one whole unit. The runes are those of the gateway's sandbox.
PRICES = {
    "1:0": Decimal("0.0125"),
    "840123:17": Decimal("3.5"),
    "840200:3": Decimal("0.00000000000000000001"),
    "840300:9": Decimal(0),
    "840777:42": Decimal("0.0019"),
    "845000:211": Decimal("12345678901234567890.12"),
    "850001:4": Decimal("0.07"),
    "871000:1": Decimal(41),
}
LABELS = {
    "bc1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkq2zhlxt": "Treasury",
    "bc1q0egjvlcfq77cxd9kvpgppyuxckzvws46e3sxch": "Market maker",
    "1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa22": "Cold storage",
    "3dGoFzaDHbU5Y8RFT8uUYn19VjckDnJn4guWvSzxM8pL": "Payroll",
}


@federation.type(keys=[Key(fields=FieldSet("code"), resolvable=False)])
class Currency:
    """The gateway's own entity: named here, and resolved there."""

    code: strawberry.ID


@federation.type(description="What one whole unit of a rune costs.")
class Price:
    """A price."""

    amount: Decimal = strawberry.field(description="In whole units of the currency, exact.")
    currency: Currency = strawberry.field(description="What the amount counts.")


@federation.type(keys=["id"])
class Rune:
    """A rune, of which only its price is known here."""

    id: strawberry.ID

    @strawberry.field(description="Null where nobody trades it.")
    def price(self) -> Price | None:
        amount = PRICES.get(self.id)
        return None if amount is None else Price(amount=amount, currency=Currency(code=strawberry.ID("USD")))

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Self:  # noqa: A002 - the key's own name
        return cls(id=id)


@federation.type(keys=["address"])
class Account:
    """An account, of which only its label is known here."""

    address: Address

    @strawberry.field(description="What its owner calls it. Null where it has no label.")
    def label(self) -> str | None:
        return LABELS.get(self.address)

    @classmethod
    def resolve_reference(cls, address: Address) -> Self:
        return cls(address=address)


@federation.type(shareable=True)
class PageInfo:
    """The gateway has one too; both mean the same, so that any subgraph may resolve it."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(description="Accounts that have a label.")
class LabelledConnection:
    """A page of accounts, by address."""

    nodes: list[Account]
    page_info: PageInfo


@strawberry.type
class Query:
    """What can be asked of this subgraph by itself."""

    @strawberry.field(description="Every rune that has a price, by id.")
    def priced(self) -> list[Rune]:
        return [Rune(id=strawberry.ID(id_)) for id_ in sorted(PRICES)]

    @strawberry.field(description="Accounts that have a label, by address.")
    def labelled(
        self,
        first: Annotated[int, strawberry.argument(description="How many.")] = 100,
        after: Annotated[str, strawberry.argument(description="A cursor: what follows it.")] = "",
    ) -> LabelledConnection:
        following = [address for address in sorted(LABELS) if address > after]
        chosen = following[: max(first, 0)]
        return LabelledConnection(
            nodes=[Account(address=Address(address)) for address in chosen],
            page_info=PageInfo(
                has_next_page=len(chosen) < len(following),
                has_previous_page=len(following) < len(LABELS),
                start_cursor=chosen[0] if chosen else None,
                end_cursor=chosen[-1] if chosen else None,
            ),
        )


SCHEMA = federation.Schema(
    query=Query,
    config=StrawberryConfig(scalar_map={Decimal: DECIMAL, Address: ADDRESS}),
    federation_version="2.9",
)


@click.command()
@click.option("--port", default=8120, show_default=True, help="The port to listen on.")
@click.option("--schema", "only_schema", is_flag=True, help="Print the subgraph's schema, and do not serve it.")
def main(*, port: int, only_schema: bool) -> None:
    """Serve prices of runes and labels of accounts on 127.0.0.1; port 0 picks a free one."""
    if only_schema:
        click.echo(SCHEMA.as_str())
        return
    server = uvicorn.Server(uvicorn.Config(GraphQL(SCHEMA, graphql_ide=None), log_level="warning"))
    with socket.create_server(("127.0.0.1", port)) as listener:
        click.echo(f"prices and labels at http://127.0.0.1:{listener.getsockname()[1]}/")
        server.run(sockets=[listener])


if __name__ == "__main__":
    main()
