"""GraphiQL as the browser gets it: the built page where there is one, else Strawberry's own."""

from dataclasses import dataclass
from pathlib import Path

from strawberry.http.ides import get_graphql_ide_html

BUILT = Path(__file__).with_name("graphiql")


@dataclass(frozen=True, slots=True)
class PageSettings:
    """What the page is told of the gateway: on the sandbox, the demo caller's key fills itself in."""

    sandbox: bool = False
    demo_key: str | None = None


def page_html(folder: Path = BUILT) -> str:
    """Give the page; Strawberry's loads GraphiQL from the network, so it wants the internet."""
    built = folder / "index.html"
    return built.read_text() if built.exists() else get_graphql_ide_html(graphql_ide="graphiql")
