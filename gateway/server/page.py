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


# The built page loads all from here, but for what its editor makes while running: styles, workers and images.
_BUILT_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; img-src 'self' data:; "
    "font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Strawberry's has its script within it, and loads the rest from one place, by hashes.
_LOADED_POLICY = (
    "default-src 'self'; script-src 'unsafe-inline' https://unpkg.com; style-src 'unsafe-inline' https://unpkg.com; "
    "img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def page_html(folder: Path = BUILT) -> str:
    """Give the page; Strawberry's loads GraphiQL from the network, so it wants the internet."""
    built = folder / "index.html"
    return built.read_text() if built.exists() else get_graphql_ide_html(graphql_ide="graphiql")


def page_policy(folder: Path = BUILT) -> str:
    """Give the Content-Security-Policy that the page of `page_html` runs under."""
    return _BUILT_POLICY if (folder / "index.html").exists() else _LOADED_POLICY
