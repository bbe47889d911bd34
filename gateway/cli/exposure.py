"""What the command line says of how much is open: production, and trusted documents."""

from collections.abc import Mapping

import click
from starlette.applications import Starlette

from gateway.app import create_app
from gateway.config import Settings
from gateway.server.lines import Write
from gateway.server.manifest import BadManifest
from gateway.server.page import PageSettings

production_option = click.option(
    "--production",
    is_flag=True,
    help="Close what callers need not see: introspection, GraphiQL and suggestions.",
)
trusted_documents_option = click.option(
    "--trusted-documents",
    metavar="FILE",
    help="Run only the documents of this manifest: Apollo's, or texts by their hashes as Relay writes them.",
)


def closed_environ(environ: Mapping[str, str], *, production: bool, trusted_documents: str | None) -> dict[str, str]:
    """Put what the command line says in the place of the settings of the same names."""
    told = {"GATEWAY_PRODUCTION": "true"} if production else {}
    if trusted_documents is not None:
        told["GATEWAY_TRUSTED_DOCUMENTS"] = trusted_documents
    return {key: value for key, value in environ.items() if key.upper().removesuffix("_FILE") not in told} | told


def build_app(settings: Settings, page: PageSettings, write_lines: Write | None) -> Starlette:
    """Build the app, or end with what is wrong with the manifest."""
    try:
        return create_app(settings, page=page, write_lines=write_lines)
    except BadManifest as wrong:
        lines = "\n".join(f"  {each}" for each in wrong.lines)
        raise click.ClickException(f"the manifest of trusted documents will not do:\n{lines}") from None
