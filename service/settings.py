"""Everything that can be set, in one frozen model; each field is the variable `SLIPWAY_<NAME>`.

A secret may also be a file: one that `SLIPWAY_<NAME>_FILE` names, or one named as the field in
`SLIPWAY_SECRETS_DIRECTORY`, which is how Kubernetes mounts them. Files may change while the service runs.
"""

import os
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from limits import RateLimitItem, parse_many
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from service.environment import (
    FOLDER,
    PREFIX,
    SettingsRefusedError,
    named_files,
    refuse_foreign,
    secret_files,
    variable,
)

DEVELOPMENT_KEY = "a key for development only, refused elsewhere"
# After the last request: pools close, logs flush.
CLOSING_SECONDS = 5
SHORTEST_KEY = 32
SHORTEST_TOKEN = 16
# A file of these that is empty is one that is being written.
NEVER_EMPTIED = frozenset({"signing_key", "database_password", "redis_password"})
DRIVERS = {
    "postgres": "postgresql+psycopg2",
    "postgresql": "postgresql+psycopg2",
    "postgresql+psycopg2": "postgresql+psycopg2",
}

Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(ge=0, le=3600)]


class Settings(BaseSettings):
    """What the service can be told. Times are seconds, sizes bytes."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True)

    environment: Literal["development", "staging", "production"] = "development"
    """Where this runs: production refuses what only development may do."""
    host: str = "127.0.0.1"
    """Address both listeners bind."""
    public_port: Port = 8000
    """Port of the API."""
    admin_port: Port = 9000
    """Port of metrics and probes; never routed to the public."""
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Worker processes; in Kubernetes more pods are better than more workers."""
    replicas: Annotated[int, Field(ge=1)] = 1
    """The most replicas that may run at once; tells whether SQLite can be right."""
    reload: bool = False
    """Load the code again when a file changes."""

    database_url: str = "sqlite:///slipway.db"
    """SQLite or PostgreSQL; `postgres://`, `postgresql://` and `postgresql+psycopg2://` all mean psycopg2."""
    database_password: SecretStr | None = None
    """Put into `database_url`, so that the address itself is no secret."""
    database_host: str = ""
    """Put into `database_url`, as are port, user and name: for an address that comes in parts."""
    database_port: Port | None = None
    """Port for `database_host`."""
    database_user: str = ""
    """User for `database_host`."""
    database_name: str = ""
    """Name of the database on `database_host`."""
    database_pool_size: Annotated[int, Field(ge=1, le=100)] = 5
    """Connections for requests, and as many threads; one more serves the probes."""
    database_wait_seconds: Seconds = 2.0
    """Longest wait for a free connection before 503."""
    database_statement_seconds: Seconds = 5.0
    """Longest statement on PostgreSQL."""
    migrate_wait_seconds: Seconds = 60.0
    """How long `migrate` waits for a database that does not answer yet."""
    redis_url: str = ""
    """Redis or Valkey; empty means in-process."""
    redis_password: SecretStr | None = None
    """Password for `redis_url`."""

    secrets_directory: Path | None = None
    """Folder whose files give the settings they are named after."""
    secrets_poll_seconds: Annotated[float, Field(gt=0, le=3600)] = 1.0
    """How often secret files are looked at; a changed one takes effect without a restart."""
    secrets_overlap_seconds: Seconds = 90.0
    """How long a new signing key is only accepted before it signs: the time until every pod has been given it."""
    admin_token: SecretStr = SecretStr("")
    """Opens faults and the log level on the admin port; empty closes them."""
    signing_key: SecretStr = SecretStr(DEVELOPMENT_KEY)
    """Signs access tokens and page cursors; 32 bytes or more."""
    previous_signing_key: SecretStr = SecretStr("")
    """The signing key before this one: access tokens that it signed stay valid until they expire; empty for none."""
    token_seconds: Annotated[int, Field(ge=1, le=86_400)] = 900
    """How long an access token lives."""
    rate_limit: str = ""
    """Requests a client may make, such as `600/minute`, by user, else by address; empty for no limit."""
    login_rate_limit: str = "10/minute"
    """Logins and registrations from one address; without Redis each process counts for itself; empty for no limit."""
    max_body_bytes: Annotated[int, Field(ge=1)] = 1_048_576
    """Largest request body; above it 413."""
    body_seconds: Annotated[float, Field(gt=0, le=3600)] = 30.0
    """Longest time a request body may take to arrive; after it 408."""
    allowed_hosts: tuple[str, ...] = ("*",)
    """Host names that are answered, as a JSON list; `*.example.com` means every name below."""
    require_https: bool = False
    """Send http requests to https, and tell browsers to stay there (HSTS, RFC 6797)."""
    hsts_seconds: Annotated[int, Field(ge=0)] = 31_536_000
    """How long browsers stay on https, where it is required."""
    cors_origins: tuple[str, ...] = ()
    """Origins that browsers may call from, as a JSON list."""
    cors_credentials: bool = False
    """Whether those origins may send cookies and credentials."""
    forwarded_allow_ips: str = "127.0.0.1"
    """Proxies, as addresses or networks, whose X-Forwarded-* headers are believed."""

    default_version: Annotated[int, Field(ge=1, le=2)] = 1
    """API version of `/api/...` where the request names none."""
    v1_deprecated: date = date(2026, 12, 1)
    """Day since when version 1 is deprecated (RFC 9745)."""
    v1_sunset: date = date(2027, 12, 1)
    """Day from which version 1 answers 410 (RFC 8594)."""

    cache_seconds: Annotated[float, Field(ge=0, le=86_400)] = 30.0
    """How long answers are kept; 0 switches the cache off."""
    cache_entries: Annotated[int, Field(ge=1, le=1_000_000)] = 1024
    """Answers kept in each process."""
    compute_at_once: Annotated[int, Field(ge=1, le=64)] = 2
    """Expensive computations of one process at the same time."""

    socket_queue: Annotated[int, Field(ge=1, le=100_000)] = 256
    """Messages that wait for a slow WebSocket before it is closed with 1013."""
    socket_stall_seconds: Annotated[float, Field(gt=0, le=3600)] = 10.0
    """How long one message may take to leave before its WebSocket is closed with 1013."""
    socket_text_length: Annotated[int, Field(ge=1, le=16_384)] = 4000
    """Longest text of a message, in characters."""
    socket_rate: str = "20/second"
    """Messages that one WebSocket may send."""
    sockets_per_user: Annotated[int, Field(ge=1)] = 20
    """WebSockets that one user may hold in one process."""
    room_history: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    """Messages of a room that a client can catch up on, about."""

    faults: bool | None = None
    """Whether faults may be injected on the admin port; unset means everywhere but in production."""

    drain_seconds: Seconds = 0
    """Time between SIGTERM and the closing of the listeners; requests are served meanwhile."""
    graceful_seconds: Annotated[int, Field(ge=0, le=3600)] = 10
    """Time after that for requests still in flight."""
    termination_grace_seconds: Seconds = 30
    """Time from SIGTERM to SIGKILL that the platform gives."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Lowest level that is written."""
    log_format: Literal["json", "text"] = "json"
    """One JSON object a line, or text for people."""

    @field_validator("database_url")
    @classmethod
    def _spell_driver(cls, value: str) -> str:
        """SQLAlchemy 2.1 reads a bare `postgresql://` as psycopg 3, which is not what is installed."""
        try:
            url = make_url(value)
        except ArgumentError:
            raise ValueError(
                "is no database address; write sqlite:///FILE or postgresql://USER@HOST:PORT/NAME"
            ) from None
        driver = DRIVERS.get(url.drivername, url.drivername)
        if driver not in ("sqlite", "postgresql+psycopg2"):
            raise ValueError(
                f"knows no driver {url.drivername!r}; write sqlite:///FILE or postgresql://USER@HOST:PORT/NAME"
            )
        return url.set(drivername=driver).render_as_string(hide_password=False)

    @field_validator("redis_url")
    @classmethod
    def _check_redis(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("is no Redis address; write redis://HOST:PORT/0 or leave it empty")
        return value

    @field_validator("rate_limit", "login_rate_limit", "socket_rate")
    @classmethod
    def _check_rate(cls, value: str) -> str:
        rate_of(value)
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then variables, then files."""
        del dotenv_settings, file_secret_settings
        sources = [init_settings, env_settings, InitSettingsSource(settings_cls, named_files(secret_names()))]
        if folder := os.environ.get(FOLDER):
            sources.append(SecretsSettingsSource(settings_cls, secrets_dir=folder, env_prefix=""))
        return tuple(sources)

    @property
    def production(self) -> bool:
        """Whether the strict rules hold."""
        return self.environment == "production"

    @property
    def faults_allowed(self) -> bool:
        """Whether faults may be injected."""
        return not self.production if self.faults is None else self.faults

    @property
    def sqlite(self) -> bool:
        """Whether the database is a file of this host."""
        return self.database_url.startswith("sqlite")

    @property
    def database(self) -> URL:
        """The address with its parts and its password, rightly quoted whatever characters they hold."""
        password = self.database_password.get_secret_value() if self.database_password else None
        return make_url(self.database_url).set(
            host=self.database_host or None,
            port=self.database_port,
            username=self.database_user or None,
            database=self.database_name or None,
            password=password or None,
        )

    @classmethod
    def load(cls) -> Self:
        """Read the environment and the secret files.

        Raises:
            SettingsRefusedError: a name is unknown, a value is wrong, or production may not run like this.
        """
        refuse_foreign(cls.model_fields, secret_names())
        try:
            settings = cls()
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            name = variable(str(first["loc"][0])) if first["loc"] else PREFIX + "*"
            raise SettingsRefusedError(name, first["msg"].removeprefix("Value error, ")) from None
        for setting, reason in settings.contradictions():
            raise SettingsRefusedError(variable(setting), reason)
        return settings

    @property
    def secrets(self) -> Mapping[str, str]:
        """Every secret by its name, empty where it is not set."""
        values = {name: getattr(self, name) for name in secret_names()}
        return {name: value.get_secret_value() if value else "" for name, value in values.items()}

    @property
    def hidden(self) -> tuple[str, ...]:
        """What must not be logged: the secrets, and passwords that stand in addresses against all advice."""
        in_addresses = make_url(self.database_url).password, urlsplit(self.redis_url).password
        return (*self.secrets.values(), *(password for password in in_addresses if password))

    @property
    def secret_files(self) -> Mapping[str, Path]:
        """The files of the secrets that may change while the service runs."""
        return secret_files(secret_names(), self.secrets_directory)

    def refusal(self, secret: str, value: str) -> str | None:
        """Why the secret must not become this; None where it may."""
        if not value and secret in NEVER_EMPTIED:
            return "is empty"
        changed = self.model_copy(update={secret: SecretStr(value)})
        return next((reason for setting, reason in changed.contradictions() if setting == secret), None)

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """Settings that are well-formed and must not be run together: the name and the reason of each."""
        yield from self._termination()
        if not self.sqlite and not self.database.host:
            yield "database_url", "names no host; write postgresql://USER@HOST:PORT/NAME, or set database_host"
        if "*" in self.cors_origins and self.cors_credentials:
            yield "cors_origins", "'*' with credentials lets every site act for the user; list the origins"
        if self.production:
            yield from self._production()

    def _termination(self) -> Iterator[tuple[str, str]]:
        needed = self.drain_seconds + self.graceful_seconds + CLOSING_SECONDS
        if needed >= self.termination_grace_seconds:
            spent = f"drain ({self.drain_seconds:g}) + graceful ({self.graceful_seconds}) + {CLOSING_SECONDS} seconds"
            reason = f"{spent} do not fit into {self.termination_grace_seconds:g}; raise it above {needed:g}"
            yield "termination_grace_seconds", reason

    def _production(self) -> Iterator[tuple[str, str]]:
        key = self.signing_key.get_secret_value()
        if key == DEVELOPMENT_KEY:
            yield (
                "signing_key",
                "production needs a key of its own; set it, or its file, to 32 random bytes or more",
            )
        if len(key.encode()) < SHORTEST_KEY:
            yield "signing_key", f"is {len(key.encode())} bytes; production needs {SHORTEST_KEY} or more"
        yield from self._previous_key()
        if 0 < len(self.admin_token.get_secret_value().encode()) < SHORTEST_TOKEN:
            yield (
                "admin_token",
                f"production needs {SHORTEST_TOKEN} bytes or more; leave it empty to open nothing",
            )
        if "*" in {part.strip() for part in self.forwarded_allow_ips.split(",")}:
            yield "forwarded_allow_ips", "'*' lets every client choose the address it is limited by; list the proxies"
        if self.sqlite and (self.workers > 1 or self.replicas > 1):
            yield "database_url", "SQLite cannot be shared by several workers or replicas; use PostgreSQL"

    def _previous_key(self) -> Iterator[tuple[str, str]]:
        """Whoever knows it can still make tokens, so it must be as good as the one that signs."""
        key = self.previous_signing_key.get_secret_value()
        if key == DEVELOPMENT_KEY or 0 < len(key.encode()) < SHORTEST_KEY:
            reason = f"production accepts none but a key of its own of {SHORTEST_KEY} bytes or more; leave it empty"
            yield "previous_signing_key", reason


def rate_of(text: str) -> RateLimitItem | None:
    """The rate that the text means; None where it is empty.

    Raises:
        ValueError: it means none, several, or one that refuses everything.
    """
    if not text:
        return None
    try:
        (rate,) = parse_many(text)
    except ValueError:
        rate = None
    if rate is None or rate.amount < 1:
        raise ValueError("is no rate; write COUNT/second, /minute, /hour or /day, or leave it empty for no limit")
    return rate


def secret_names() -> tuple[str, ...]:
    """The settings that are secret."""
    return tuple(name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation))
