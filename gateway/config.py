"""Settings: read from the environment, files of secrets and a TOML file, and checked before anything starts."""

import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar, get_args, get_origin

from pydantic import (
    BaseModel,
    Field,
    FilePath,
    SecretStr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    create_model,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from gateway.domain.caller import Scope
from gateway.replicas.address import StoreAddress
from gateway.schema.limits import RequestLimits
from gateway.server.caller_settings import (
    Allowed,
    CallerName,
    CallerSettings,
    ExchangeAccountSettings,
    JwtSettings,
)
from gateway.server.streams.limits import StreamLimits

PREFIX = "GATEWAY_"
_FILE = "_FILE"
# Settings that have a name in them, which the operator chose.
_NAMED = re.compile(
    r"GATEWAY_(CALLERS__.+__(KEY_SHA256|NEXT_KEY_SHA256|SCOPES|SFOX_TOKEN|BUDGET)|EXCHANGE_ACCOUNTS__.+__SFOX_TOKEN)",
    re.IGNORECASE,
)

# The ends of names of settings that are lists, and what may stand in one.
_LISTS = {"SCOPES": Scope.BALANCES_READ, "ORIGINS": "https://app.example"}

Section = TypeVar("Section", bound=BaseModel)
# As browsers write it: lower case, and no port where it is the scheme's own.
Origin = Annotated[str, StringConstraints(pattern=r"^https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?$")]


class BadSettings(Exception):
    """Settings that cannot be started with; each line names a setting and says what it wants, and repeats no value."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class CacheSettings(BaseModel, extra="forbid"):
    """How much is kept, for how long, and where replicas share it."""

    max_entries: int = Field(50_000, ge=1, description="readings kept in memory; the least recently used go first")
    keep_for: float = Field(3600, ge=0, description="seconds for which an old reading may stand in for a new one")
    url: SecretStr | None = Field(
        None, description="the Redis or Valkey that replicas share: redis://[user:password@]host[:port][/database]"
    )
    secret: SecretStr | None = Field(
        None, min_length=32, description="at least 32 characters, the same at every replica; hides what keys stand for"
    )
    required: bool = Field(default=False, description="whether to refuse to start without the store")
    tls_ca: FilePath | None = Field(None, description="who signed the store's certificate; a file in PEM form")

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            StoreAddress.parse(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _can_be_shared(self) -> Self:
        if self.required and self.url is None:
            raise ValueError("required is of no use without url")
        if self.url is not None and self.secret is None:
            raise ValueError("url wants a secret beside it, of at least 32 characters and the same at every replica")
        return self

    def address(self) -> StoreAddress | None:
        """Give where the store is; None where there is none."""
        return StoreAddress.parse(self.url.get_secret_value(), self.tls_ca) if self.url else None


class TrafficSettings(BaseModel, extra="forbid"):
    """How much is done at once, and how it comes to an end."""

    operations: int = Field(200, ge=1, le=10_000, description="operations that may run at once")
    connections: int = Field(4096, ge=8, le=100_000, description="connections that may be open at once")
    keep_alive: float = Field(5, gt=0, le=3600, description="seconds that a connection waits for its next request")
    drain_for: float = Field(0, ge=0, le=300, description="seconds of serving on, once told to stop")


class Settings(BaseSettings):
    """What a gateway needs to know, besides its providers' own sections."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid")

    host: str = Field("127.0.0.1", description="the address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="the port to listen on; 0 picks a free one")
    request_timeout: float = Field(5, gt=0, le=60, description="seconds that a request may take")
    anonymous_scopes: frozenset[Scope] = Field(
        frozenset({Scope.BALANCES_READ}), description="what callers without a key may do; never exchange:read"
    )
    cors_origins: frozenset[Origin] = Field(
        frozenset(), description='JSON list of origins whose pages may ask, such as "https://app.example"'
    )
    callers: dict[CallerName, CallerSettings] = Field(
        default_factory=dict, description="callers by their lower-case names"
    )
    caller_budget: Allowed = Field(
        None, description="what each caller's operations may cost in a time, such as 10000/minute, or none"
    )
    anonymous_budget: Allowed = Field(
        None, description="the same for all callers without a key together, such as 10000/minute, or none"
    )
    jwt: JwtSettings = Field(default_factory=JwtSettings)
    exchange_accounts: dict[CallerName, ExchangeAccountSettings] = Field(
        default_factory=dict, description="exchange accounts by the lower-case names that tokens call them by"
    )
    cache: CacheSettings = Field(default_factory=CacheSettings)
    traffic: TrafficSettings = Field(default_factory=TrafficSettings)
    limits: RequestLimits = Field(default_factory=RequestLimits)
    subscriptions: StreamLimits = Field(default_factory=StreamLimits)
    production: bool = Field(default=False, description="true closes what callers need not see")
    explain: bool = Field(
        default=False, description="true tells in each answer's extensions how its operation was run, and why"
    )
    introspection: bool | None = Field(
        None, description="whether callers may ask for the schema; by default outside production alone"
    )
    trusted_documents: Path | None = Field(
        None, description="the path of a manifest of the only documents that may run"
    )

    @field_validator("anonymous_scopes")
    @classmethod
    def _nobody_reads_exchanges(cls, value: frozenset[Scope]) -> frozenset[Scope]:
        if Scope.EXCHANGE_READ in value:
            raise ValueError("an exchange account is read only by a caller with a key of its own")
        return value

    @field_validator("exchange_accounts")
    @classmethod
    def _accounts_can_be_named(
        cls, value: dict[str, ExchangeAccountSettings], checked: ValidationInfo
    ) -> dict[str, ExchangeAccountSettings]:
        jwt = checked.data.get("jwt")
        if value and isinstance(jwt, JwtSettings) and not jwt.account_claim:
            raise ValueError("no token could name one: GATEWAY_JWT__ACCOUNT_CLAIM says which claim does")
        return value

    def section(self, name: str, kind: type[Section]) -> Section:
        """Give a provider's own settings; raises `TypeError` where there are none of that kind."""
        section = getattr(self, name)
        if not isinstance(section, kind):
            raise TypeError(f"the section {name} is of another kind")
        return section

    @classmethod
    def read(
        cls, sections: Mapping[str, type[BaseModel]], environ: Mapping[str, str], config: Path | None = None
    ) -> Self:
        """Read settings with the providers' `sections`; the environment outweighs the TOML file.

        Raises `BadSettings`.
        """
        fields: dict[str, Any] = {name: (kind, Field(default_factory=kind)) for name, kind in sections.items()}
        model = create_model("Settings", __base__=cls, **fields)
        variables = _with_files({key: value for key, value in environ.items() if key.upper().startswith(PREFIX)})
        _refuse_unknown(variables, _names(model))
        _refuse_no_lists(variables)
        try:
            settings: Self = _sourced(model, variables, config)()
        except ValidationError as wrong:
            errors = wrong.errors(include_input=False)
            raise BadSettings([_line(model, error["loc"], error["msg"]) for error in errors]) from None
        except tomllib.TOMLDecodeError as wrong:
            raise BadSettings([f"{config}: wants TOML; {wrong}"]) from None
        return settings


def _sourced(model: type[Any], variables: Mapping[str, str], config: Path | None) -> type[Any]:
    """Bind a settings model to a given environment and file, so that nothing is read behind a test's back."""

    class Sourced(model):  # type: ignore[misc]  # made while running, from the providers' sections
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], **_: PydanticBaseSettingsSource
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            environment = EnvSettingsSource(settings_cls)
            # An empty variable is one that is not given, as in a file of settings with nothing filled in.
            environment.env_vars = {key.lower(): value for key, value in variables.items() if value}
            if config is None:
                return (environment,)
            return environment, TomlConfigSettingsSource(settings_cls, toml_file=config)

    return Sourced


def _with_files(variables: Mapping[str, str]) -> dict[str, str]:
    """Put a file's content, without its last line end, in place of each variable that ends in `_FILE`."""
    found = dict(variables)
    for key, path in variables.items():
        if not key.upper().endswith(_FILE):
            continue
        name = key[: -len(_FILE)]
        if name in variables:
            raise BadSettings([f"{name}: given twice, as itself and as {key}"])
        try:
            found[name] = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError):
            raise BadSettings([f"{key}: wants the path of a file that can be read as UTF-8 text"]) from None
        del found[key]
    return found


def _names(model: type[BaseModel]) -> list[str]:
    """List the variables that a model knows, but for those that have names in them."""
    names = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            names += [f"{PREFIX}{name}__{part}".upper() for part in kind.model_fields]
        elif get_origin(kind) is not dict:
            names.append(f"{PREFIX}{name}".upper())
    return names


def _refuse_unknown(variables: Mapping[str, str], known: list[str]) -> None:
    lines = []
    for name in sorted(variables):
        if name.upper() in known or _NAMED.fullmatch(name):
            continue
        near = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.8)
        lines.append(f"{name}: no such setting" + (f"; {near[0]} is meant, perhaps" if near else ""))
    if lines:
        raise BadSettings(lines)


def _refuse_no_lists(variables: Mapping[str, str]) -> None:
    """Find lists that are no JSON before the settings library does, which would name only the section."""
    lines = []
    for name, value in variables.items():
        example = next((_LISTS[end] for end in _LISTS if name.upper().endswith(end)), None)
        if example is not None:
            try:
                json.loads(value)
            except ValueError:
                lines.append(f'{name}: wants a JSON list, such as ["{example}"]')
    if lines:
        raise BadSettings(lines)


def _line(model: type[BaseModel], place: tuple[int | str, ...], message: str) -> str:
    # The place in a list is not part of a setting's name.
    name = PREFIX + "__".join(part for part in place if isinstance(part, str) and part != "[key]").upper()
    wanted = _description(model, place)
    said = message.removeprefix("Value error, ").replace("Extra inputs are not permitted", "no such setting")
    return f"{name}: {said}" + (f" ({wanted})" if wanted else "")


def _description(model: type[BaseModel], place: tuple[int | str, ...]) -> str | None:
    """Find what a setting is for, by its place in the settings."""
    kind: Any = model
    found = None
    for part in place:
        if isinstance(kind, type) and issubclass(kind, BaseModel) and part in kind.model_fields:
            field = kind.model_fields[str(part)]
            kind, found = field.annotation, field.description
        elif get_origin(kind) is dict:
            kind, found = get_args(kind)[1], None
    return found
