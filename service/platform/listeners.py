"""Two listeners of one server: the public API and the admin port, told apart by where the connection came in."""

from starlette.types import ASGIApp, Receive, Scope, Send


def admin_asked(scope: Scope, admin_port: int) -> bool:
    """Whether the connection came in at the admin port, which the client cannot make up."""
    _, port = scope.get("server") or (None, None)
    return bool(port == admin_port)


class ListenersLayer:
    """Hand what arrives at the admin port to its own app, and everything else to the public one."""

    def __init__(self, public: ASGIApp, admin: ASGIApp, admin_port: int) -> None:
        self.public = public
        self.admin = admin
        self.admin_port = admin_port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Route by `scope["server"]`, which the client cannot choose."""
        app = self.admin if scope["type"] != "lifespan" and admin_asked(scope, self.admin_port) else self.public
        await app(scope, receive, send)
