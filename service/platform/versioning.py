"""Which version of the API a request means: by its path, by `API-Version`, or by what it accepts.

The three ways lead to one path, and so to the same route, bytes and ETag. A version that ends says so in each answer
(RFC 9745, RFC 8594) and is gone afterwards.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from http import HTTPStatus
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.platform.errors import GoneError, InvalidError, NotAcceptableError, NotFoundError, Problem, ServiceError

PREFIX = "/api/"
IN_PATH = re.compile(r"/api/v(\d+)(?=/|$)")
IN_HEADER = re.compile(r"v?(\d{1,4})(?:\.0)?")
VENDOR = re.compile(r"application/vnd\.slipway\.v(\d{1,4})\+json", re.IGNORECASE)
GENERAL = frozenset({"application/json", "application/*", "*/*"})
QUALITY = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")
VARY = (b"vary", b"Accept, API-Version")


@dataclass(frozen=True, order=True)
class Version:
    """A version of the API.

    Attributes:
        number: its name in paths, headers and media types.
        deprecated: the day since when it should not be used.
        sunset: the day from which it answers 410.
    """

    number: int
    deprecated: date | None = None
    sunset: date | None = None

    @property
    def gone(self) -> bool:
        """Whether it has ended."""
        return self.sunset is not None and datetime.now(UTC).date() >= self.sunset

    @property
    def media_type(self) -> bytes:
        """What an answer to a request that accepts this version is called."""
        return b"application/vnd.slipway.v%d+json" % self.number


@dataclass(frozen=True)
class Choice:
    """What a request means.

    Attributes:
        version: the version.
        path: the path with the version in it.
        accepted: whether the version was chosen by Accept, so that the answer must be called by it.
    """

    version: Version
    path: str
    accepted: bool = False


@dataclass(frozen=True)
class Wish:
    """What the headers of a request say about versions."""

    header: str | None = None
    accept: str | None = None

    @classmethod
    def of(cls, headers: Iterable[tuple[bytes, bytes]]) -> "Wish":
        """Find both; several Accept lines are one list (RFC 9110, 5.3)."""
        named: dict[bytes, str] = {}
        for name, value in headers:
            if name in (b"api-version", b"accept"):
                text = value.decode("latin-1")
                named[name] = f"{named[name]}, {text}" if name in named else text
        return cls(named.get(b"api-version"), named.get(b"accept"))


class Versions:
    """The versions there are.

    Args:
        versions: each by its number.
        default: the number that a request without any wish means.
    """

    def __init__(self, versions: Iterable[Version], default: int) -> None:
        self.known: Mapping[int, Version] = {version.number: version for version in versions}
        self._signs = {number: _signs(version) for number, version in self.known.items()}
        self._default = default

    @property
    def default(self) -> Version:
        """What a request without any wish means; where that is gone, the newest."""
        chosen = self.known[self._default]
        return max(self.known.values()) if chosen.gone else chosen

    def choose(self, path: str, wish: Wish) -> Choice:
        """What the request means.

        Raises:
            NotFoundError: its path names a version that there is not.
            InvalidError: its header does, or two of the three name different versions.
            NotAcceptableError: it accepts none that there is.
            GoneError: it means one that has ended.
        """
        match = IN_PATH.match(path)
        named = [version for version in (self._in_path(match), self._in_header(wish.header)) if version]
        accepted = self._in_accept(wish.accept)
        if len(set(named)) > 1 or (named and accepted and named[0] not in accepted):
            raise InvalidError("Path, API-Version and Accept name different versions; name one.")
        version = (named or accepted or [self.default])[0]
        self._refuse_gone(version)
        full = path if match else f"/api/v{version.number}/{path.removeprefix(PREFIX)}"
        return Choice(version, full, accepted=bool(accepted))

    def _in_path(self, match: re.Match[str] | None) -> Version | None:
        if match is None:
            return None
        version = self.known.get(int(match[1])) if len(match[1]) < 5 else None  # noqa: PLR2004 - no number of ours
        if version is None:
            raise NotFoundError(f"There is no version {match[1][:8]}; {self._there_are}.")
        return version

    def _in_header(self, text: str | None) -> Version | None:
        if text is None:
            return None
        match = IN_HEADER.fullmatch(text.strip())
        version = self.known.get(int(match[1])) if match else None
        if version is None:
            raise InvalidError(f"API-Version names no version; {self._there_are}.")
        return version

    def _in_accept(self, text: str | None) -> list[Version]:
        """The versions that are accepted by name, the most wanted first; none where none is named."""
        if not text or "vnd.slipway" not in text.lower():
            return []
        ranges = sorted(_ranges(text), key=lambda entry: -entry[1])
        named = [(int(match[1]), quality) for name, quality in ranges if (match := VENDOR.fullmatch(name))]
        found = [self.known[number] for number, quality in named if quality > 0 and number in self.known]
        if not found and not any(name in GENERAL and quality > 0 for name, quality in ranges):
            raise NotAcceptableError(f"No version that is accepted exists; {self._there_are}.")
        return found

    def _refuse_gone(self, version: Version) -> None:
        if version.gone:
            successor = f'</api/v{max(self.known)}>; rel="successor-version"'
            raise GoneError(f"Version {version.number} ended on {version.sunset}.", {"Link": successor})

    @property
    def _there_are(self) -> str:
        return f"there are {' and '.join(map(str, sorted(self.known)))}"

    def signs(self, choice: Choice) -> list[tuple[bytes, bytes]]:
        """The headers of each answer of the version."""
        signs = self._signs[choice.version.number]
        if choice.version.deprecated is None:
            return signs
        successor = IN_PATH.sub(f"/api/v{max(self.known)}", quote(choice.path), count=1)
        told = f'</api/v{choice.version.number}/openapi.json>; rel="deprecation sunset"'
        return [*signs, (b"link", f'<{successor}>; rel="successor-version", {told}'.encode())]


def _signs(version: Version) -> list[tuple[bytes, bytes]]:
    """Those that are the same for every answer."""
    signs = [(b"api-version", b"%d" % version.number), VARY]
    if version.deprecated:
        signs.append((b"deprecation", b"@%d" % _moment(version.deprecated).timestamp()))
    if version.sunset:
        signs.append((b"sunset", format_datetime(_moment(version.sunset), usegmt=True).encode()))
    return signs


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _ranges(text: str) -> Iterator[tuple[str, float]]:
    """Each media range in lower case, and how much it is wanted, from 0 to 1 (RFC 9110, 12.5.1)."""
    for entry in text.split(","):
        name, *parameters = (part.strip().lower() for part in entry.split(";"))
        weights = [part[2:] for part in parameters if part.startswith("q=")]
        wanted = weights[0] if weights else "1"
        yield name, float(wanted) if QUALITY.fullmatch(wanted) else 0.0


class VersionLayer:
    """Send each request to the path of its version, and say in the answer which version that was.

    Args:
        app: what is inside; all its versioned routes have the version in their path.
        versions: the versions there are.
        unversioned: paths below /api/ that belong to no version.
    """

    def __init__(self, app: ASGIApp, versions: Versions, unversioned: frozenset[str] = frozenset()) -> None:
        self.app = app
        self.versions = versions
        self.unversioned = unversioned

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve in the version that is meant, or say why there is none."""
        if scope["type"] != "http" or not self._is_versioned(scope["path"]):
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        try:
            choice = self.versions.choose(path, Wish.of(scope["headers"]))
        except ServiceError as error:
            headers = {**error.headers, "Vary": VARY[1].decode()}
            await Problem(error.status, str(error), headers=headers)(scope, receive, send)
            return
        if choice.path != path:
            scope["path"], scope["raw_path"] = choice.path, quote(choice.path).encode()
        await self.app(scope, receive, self._signed(send, choice))

    def _is_versioned(self, path: str) -> bool:
        return path.startswith(PREFIX) and path not in self.unversioned

    def _signed(self, send: Send, choice: Choice) -> Send:
        async def send_signed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.get("headers", ())
                if choice.accepted and message["status"] < HTTPStatus.BAD_REQUEST:
                    headers = _renamed(headers, choice.version.media_type)
                message["headers"] = [*headers, *self.versions.signs(choice)]
            await send(message)

        return send_signed


def _renamed(headers: Iterable[tuple[bytes, bytes]], media_type: bytes) -> list[tuple[bytes, bytes]]:
    """Call an answer of JSON by the version that was accepted."""
    json = (b"content-type", b"application/json")
    return [(b"content-type", media_type) if header == json else header for header in headers]
