"""Callers, as the settings name them, each with its own account at an exchange."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from gateway.app.providers import USER_AGENT
from gateway.config import Settings
from gateway.domain.caller import Caller
from gateway.domain.clock import Clock
from gateway.domain.exchange import Credential, Exchange, Fingerprints
from gateway.server.callers import Callers, KnownCaller, TokenReader
from gateway.upstream.jwks import read_keys
from gateway.upstream.secret import Secret

# Seconds that an issuer has to tell its keys: a request may be waiting for them.
_KEYS_TIMEOUT = 3


def create_callers(settings: Settings, clock: Clock, fingerprints: Fingerprints) -> Callers:
    """Let in whom the settings name, each with its own account at an exchange."""
    own = exchange_credentials(settings, fingerprints)
    known = {}
    for name, each in settings.callers.items():
        allowance = each.budget if "budget" in each.model_fields_set else settings.caller_budget
        opens = MappingProxyType({Exchange.SFOX: own[name]} if name in own else {})
        known[name] = KnownCaller(Caller(name, each.scopes, opens, allowance), each.digests)
    anonymous = Caller(None, settings.anonymous_scopes, allowance=settings.anonymous_budget)
    accounts = {
        name: MappingProxyType({Exchange.SFOX: credential})
        for name, credential in account_credentials(settings, fingerprints).items()
    }
    return Callers(known, anonymous, _tokens(settings, clock, accounts))


def _tokens(
    settings: Settings, clock: Clock, accounts: Mapping[str, Mapping[Exchange, Credential]]
) -> TokenReader | None:
    jwt = settings.jwt
    if not (jwt.issuer and jwt.audience and jwt.jwks_url):
        return None
    # What checks signatures takes 8 MB, which nobody needs who has no issuer.
    from gateway.server.signing_keys import SigningKeys  # noqa: PLC0415 - as said
    from gateway.server.tokens import Tokens, TokenTerms  # noqa: PLC0415 - the same

    terms = TokenTerms(jwt.issuer, jwt.audience, jwt.algorithms, jwt.leeway, jwt.account_claim)
    read = partial(read_keys, str(jwt.jwks_url), seconds=_KEYS_TIMEOUT, user_agent=USER_AGENT)
    keys = SigningKeys(read, jwt.algorithms, clock, fresh_for=jwt.fresh_for, keep_for=jwt.keep_for)
    return Tokens(terms, keys, accounts, settings.caller_budget)


def exchange_credentials(settings: Settings, fingerprints: Fingerprints) -> Mapping[str, Credential]:
    """Give the credential of each caller who has an account at the exchange, by the caller's name."""
    tokens = {name: each.sfox_token for name, each in settings.callers.items()}
    return _opened_by(tokens, fingerprints)


def account_credentials(settings: Settings, fingerprints: Fingerprints) -> Mapping[str, Credential]:
    """Give the credential of each exchange account that tokens may name, by the account's name."""
    tokens = {name: each.sfox_token for name, each in settings.exchange_accounts.items()}
    return _opened_by(tokens, fingerprints)


def _opened_by(tokens: Mapping[str, Secret | None], fingerprints: Fingerprints) -> Mapping[str, Credential]:
    return {name: fingerprints.credential(token.get_secret_value()) for name, token in tokens.items() if token}
