"""What each provider says of itself: where it is asked, what sets its answers apart, and what may be asked on trial."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.app import PROVIDERS, configured, open_providers, read_settings
from gateway.domain.clock import SystemClock
from gateway.domain.exchange import Fingerprints
from gateway.domain.provider import Provider
from gateway.domain.reading import Answer
from gateway.domain.sources import Source
from gateway.providers import CallTerms
from gateway.upstream.metrics import Metrics
from tests.providers.asking import open_source, settle
from tests.providers.contract import SUBJECTS
from tests.providers.recorded import always, serve_recorded
from tests.upstream.opening import open_upstream


@asynccontextmanager
async def opened(environ: Mapping[str, str]) -> AsyncIterator[Mapping[Provider, Sequence[Source[Any, Any]]]]:
    async with open_providers(read_settings(environ), SystemClock(), Metrics(), Fingerprints()) as providers:
        yield providers.sources


async def urls(name: str, environ: Mapping[str, str]) -> list[str]:
    """List the URLs that a provider's sources ask to be opened."""
    settings = read_settings(environ)
    (registration,) = (each for each in PROVIDERS if each.name == name)
    opened: list[str] = []
    async with open_upstream("http://127.0.0.1:1") as upstream:

        def note(urls: Sequence[str], terms: CallTerms, **_: Any) -> Any:  # noqa: ARG001 - the opening's own signature
            opened.extend(urls)
            return upstream

        registration.sources(settings.section(name, registration.settings), note)
    return opened


@pytest.mark.parametrize(
    ("name", "environ", "hosts"),
    [
        ("xverse", {}, "https://api.secretkeylabs.io"),
        ("xverse", {"GATEWAY_XVERSE__NETWORK": "signet"}, "https://api-signet.secretkeylabs.io"),
        ("xverse", {"GATEWAY_XVERSE__NETWORK": "testnet4"}, "https://api-testnet4.secretkeylabs.io"),
        ("xverse", {"GATEWAY_XVERSE__URL": "http://127.0.0.1:1/x"}, "http://127.0.0.1:1/x"),
        ("solana", {}, "https://public.rpc.solanavibestation.com/"),
        ("bloxroute", {}, "https://ny.solana.dex.blxrbdn.com/ https://uk.solana.dex.blxrbdn.com/"),
        ("sfox", {}, "https://api.sfox.com/"),
        (
            "solana",
            {"GATEWAY_SOLANA__URL": "http://127.0.0.1:1/a, http://127.0.0.1:2/b"},
            "http://127.0.0.1:1/a http://127.0.0.1:2/b",
        ),
        (
            "sfox",
            {"GATEWAY_SFOX__URL": '["http://127.0.0.1:1/a", "http://127.0.0.1:2/b"]'},
            "http://127.0.0.1:1/a http://127.0.0.1:2/b",
        ),
    ],
)
async def test_each_provider_is_asked_at_its_vendors_own_host_unless_told_otherwise(
    name: str, environ: dict[str, str], hosts: str
) -> None:
    # One way for all of a provider's sources, and never one without TLS by default.
    assert await urls(name, environ) == hosts.split()


async def test_what_changes_an_answer_is_part_of_its_scope() -> None:
    scopes: dict[str, list[str]] = {}
    choices = [
        {},
        {"GATEWAY_XVERSE__NETWORK": "signet", "GATEWAY_SOLANA__NETWORK": "devnet"},
        {"GATEWAY_XVERSE__NETWORK": "testnet4", "GATEWAY_SOLANA__NETWORK": "testnet"},
    ]
    for choice in choices:
        async with opened(choice) as found:
            for source in (*found[Provider.XVERSE], *found[Provider.SOLANA_RPC]):
                scopes.setdefault(source.terms.capability, []).append(source.terms.scope)
    assert len(scopes) == 6
    assert all(len(set(each)) == 3 for each in scopes.values())


async def test_v1_and_v2_do_not_share_answers() -> None:
    scopes = set()
    for v2 in ("true", "false"):
        async with opened({"GATEWAY_XVERSE__V2": v2}) as found:
            scopes.add(found[Provider.XVERSE][0].terms.scope)
    assert len(scopes) == 2


@pytest.mark.parametrize("fresh_for", ["0", "42.5"])
async def test_the_settings_say_for_how_long_an_answer_may_be_repeated(fresh_for: str) -> None:
    environ = {f"GATEWAY_{name}__FRESH_FOR": fresh_for for name in ("XVERSE", "SOLANA", "BLOXROUTE", "SFOX")}
    async with opened(environ) as found:
        ages = {str(source.terms.fresh_for) for group in found.values() for source in (group[0], group[-1])}
    # What a rune is does not change, and has an age of its own.
    assert ages == {str(float(fresh_for)), "86400"}


@pytest.mark.parametrize(
    ("environ", "form"),
    [({}, "main"), ({"GATEWAY_XVERSE__NETWORK": "signet"}, "test"), ({"GATEWAY_XVERSE__NETWORK": "testnet4"}, "test")],
)
def test_the_address_asked_for_on_trial_is_one_of_the_network(environ: dict[str, str], form: str) -> None:
    settings = read_settings(environ)
    xverse = next(each for each in PROVIDERS if each.name == "xverse")
    example: Any = xverse.example(settings.section("xverse", xverse.settings))
    assert example.forms == {form}


async def test_the_key_asked_for_on_trial_is_one_that_the_first_source_takes() -> None:
    settings = read_settings({})
    examples = {each.name: each.example(settings.section(each.name, each.settings)) for each in PROVIDERS}
    bodies = {"xverse": b'{"balances":[],"indexerHeight":1}', "bloxroute": b'{"tokens":[]}'}
    for name, index in (("xverse", 0), ("bloxroute", 6)):
        async with serve_recorded(always(bodies[name])) as recorded:
            async with open_source(recorded.url, SUBJECTS[index].capability) as source:
                (result,) = await settle(source, [examples[name]])
            assert isinstance(result, Answer)
            assert len(recorded.asked) == 1
    # An exchange has no public account to try.
    assert examples["sfox"] is None


def test_a_provider_is_configured_where_its_credential_is_there_and_not_empty() -> None:
    variables = {
        Provider.XVERSE: "GATEWAY_XVERSE__API_KEY",
        Provider.BLOXROUTE: "GATEWAY_BLOXROUTE__AUTHORIZATION",
    }
    for provider, variable in variables.items():
        said = [configured(read_settings(environ))[provider] for environ in ({}, {variable: ""}, {variable: "x"})]
        assert said == [False, False, True]
    assert configured(read_settings({}))[Provider.SOLANA_RPC]
