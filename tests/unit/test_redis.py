import pytest
from redis.credentials import CredentialProvider

from service.platform.redis import open_redis
from service.platform.secrets import Secrets


@pytest.mark.parametrize(
    ("url", "secret", "expected"),
    [
        ("redis://host/0", "of the file", ("of the file",)),
        ("redis://ann:of-the-address@host/0", "of the file", ("ann", "of the file")),
        ("redis://ann:of-the-address@host/0", "", ("ann", "of-the-address")),
        ("redis://host/0", "", ()),
    ],
)
def test_a_password_in_the_address_yields_to_the_secret(url: str, secret: str, expected: tuple[str, ...]) -> None:
    options = open_redis(
        url, Secrets({"redis_password": secret}, {}, lambda *_: None)
    ).connection_pool.connection_kwargs
    provider: CredentialProvider | None = options.get("credential_provider")
    offered = provider.get_credentials() if provider else (options["username"], options["password"])
    assert offered == expected
