"""Where a load may go: this machine and private networks, nothing else."""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from scripts.load.errors import LoadError, LoadRefusedError

_EXAMPLE = "give the address of your own cluster, for example http://127.0.0.1:8080"

# Loopback (RFC 1122, RFC 4291), private (RFC 1918) and unique local (RFC 4193). `ipaddress.is_private` would also
# admit link-local addresses, where clouds keep the metadata of a machine.
_ALLOWED = tuple(
    ipaddress.ip_network(network)
    for network in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)


@dataclass(frozen=True, slots=True)
class Target:
    """One address, resolved once: the run connects to `address` and no name is looked up while it is measured.

    Attributes:
        url: The URL as given, without a trailing slash.
        address: Numeric address.
        port: TCP port.
        authority: Value of the Host header.
    """

    url: str
    address: str
    port: int
    authority: str

    @classmethod
    def of(cls, url: str) -> "Target":
        """Resolve a URL such as `http://127.0.0.1:8080`.

        Raises:
            LoadError: The URL is not a plain `http://host[:port]`, or its name does not resolve.
            LoadRefusedError: The host has an address outside of loopback and private networks.
        """
        parts = _parts(url)
        host, port = str(parts.hostname), parts.port or 80
        addresses = _resolve(url, host, port)
        for address in addresses:
            _refuse_public(url, address)
        return cls(url=url.rstrip("/"), address=addresses[0], port=port, authority=parts.netloc)


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise LoadError(f"The load target {url!r} is not a URL ({error}): {_EXAMPLE}.") from None
    plain = parts.scheme == "http" and parts.hostname and "@" not in parts.netloc and port != 0
    if not plain or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise LoadError(f"The load target {url!r} is not of the form http://host[:port]: {_EXAMPLE}.")
    return parts


def _resolve(url: str, host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise LoadError(f"The host of the load target {url!r} does not resolve ({error}): {_EXAMPLE}.") from None
    return [str(sockaddr[0]) for *_, sockaddr in found]


def _refuse_public(url: str, address: str) -> None:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if not any(parsed in network for network in _ALLOWED):
        raise LoadRefusedError(
            f"The load target {url!r} is at {address}, which is neither loopback nor a private address: {_EXAMPLE}."
        )
