"""The connection to Redis or Valkey, with a password that may change."""

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.credentials import CredentialProvider

from service.platform.secrets import Secrets

PATIENCE_SECONDS = 1.0


class CurrentPassword(CredentialProvider):
    """Asked at each new connection; those that are open stay authenticated.

    Args:
        secrets: hold `redis_password`.
        username: empty for Redis' default user.
    """

    def __init__(self, secrets: Secrets, username: str) -> None:
        self._secrets = secrets
        self._username = username

    def get_credentials(self) -> tuple[str] | tuple[str, str]:
        """The words of AUTH; none where no password is set."""
        self._secrets.look()  # a connection is rare, and the password may have changed a moment ago
        password = self._secrets["redis_password"]
        if not password:
            return ()  # type: ignore[return-value]  # redis-py then sends no AUTH
        return (self._username, password) if self._username else (password,)

    async def get_credentials_async(self) -> tuple[str] | tuple[str, str]:
        """As above."""
        return self.get_credentials()


def open_redis(url: str, secrets: Secrets) -> Redis:
    """A client that waits for nothing longer than a second; a password in the address yields to the secret."""
    pool = ConnectionPool.from_url(
        url,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 1),  # the connection may have died since it was last used
    )
    if secrets["redis_password"] or "password" not in pool.connection_kwargs:
        username = pool.connection_kwargs.pop("username", "")
        pool.connection_kwargs.pop("password", None)
        pool.connection_kwargs["credential_provider"] = CurrentPassword(secrets, username or "")
    return Redis.from_pool(pool)
