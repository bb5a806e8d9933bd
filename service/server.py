"""gunicorn with one uvicorn worker, two listeners, and a stop that keeps its time budget.

gunicorn's graceful_timeout is not told to uvicorn: a request longer than it ends in SIGKILL and the lifespan never
closes. The worker here gives uvicorn a shorter budget of its own.
"""

import asyncio
import logging
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any, ClassVar

from gunicorn import arbiter, glogging
from gunicorn.app.base import BaseApplication
from starlette.types import ASGIApp
from uvicorn import Server
from uvicorn_worker import UvicornWorker

from service.environment import SettingsRefusedError
from service.platform import metrics
from service.settings import CLOSING_SECONDS, Settings

# Longer than any proxy in front keeps an idle connection, so that it is never this side that closes first.
KEEP_ALIVE_SECONDS = 75
# The workers' heartbeat files must not wait for a disk.
SHARED_MEMORY = "/dev/shm"  # noqa: S108 - gunicorn makes its own names in it


# A peer that reads nothing would keep what was sent to it, and its connection, for ever: closing waits for it, too.
UNREAD_SECONDS = 20


class ServiceWorker(UvicornWorker):
    """A uvicorn in a gunicorn worker that ends in time, and at once when told so."""

    CONFIG_KWARGS: ClassVar[dict[str, Any]] = {
        "loop": "uvloop",
        "http": "httptools",
        "lifespan": "on",  # by itself uvicorn would serve without one that failed
        "ws_max_size": 65_536,
        "ws_per_message_deflate": False,  # memory for each socket and time for each frame, for texts of a line
        "server_header": False,
        "access_log": False,  # the service writes its own
    }

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - gunicorn's own signature
        super().__init__(*arguments, **options)
        self.config.timeout_graceful_shutdown = self.cfg.graceful_seconds
        for listener in self.sockets:
            _give_up_dead_peers(listener)

    async def _serve(self) -> None:
        self.config.app = self.wsgi
        server = Server(self.config)

        def end_now() -> None:
            server.should_exit = server.force_exit = True

        asyncio.get_running_loop().add_signal_handler(signal.SIGQUIT, end_now)
        await server.serve(sockets=self.sockets)


class ServiceArbiter(arbiter.Arbiter):
    """A master whose second SIGTERM ends the drain at once, as its second SIGINT does."""

    stopping = False

    def stop(self, graceful: bool = True) -> None:  # noqa: FBT001, FBT002 - gunicorn's own signature
        """End the workers."""
        self.stopping = True
        super().stop(graceful)

    def signal(self, sig: int, frame: object) -> None:
        """Queue a signal for the master's loop."""
        super().signal(signal.SIGQUIT if self.stopping and sig == signal.SIGTERM else sig, frame)


class ServiceLogger(glogging.Logger):
    """gunicorn's records take the way of all others."""

    def setup(self, cfg: Any) -> None:  # noqa: ANN401 - gunicorn is not typed
        """Drop gunicorn's own handlers and level; uvicorn takes both from here."""
        super().setup(cfg)
        for logger in (self.error_log, self.access_log):
            logger.handlers = logging.getLogger().handlers
            logger.setLevel(logging.INFO)  # below, uvicorn would write every word that a WebSocket says
            logger.propagate = False


class ServiceApplication(BaseApplication):
    """gunicorn, configured by the settings alone: no file, no command line, no GUNICORN_CMD_ARGS."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Translate the settings."""
        settings = self.settings
        self.cfg.graceful_seconds = settings.graceful_seconds
        options = {
            "bind": [_address(settings.host, port) for port in (settings.public_port, settings.admin_port)],
            "workers": settings.workers,
            "worker_class": ServiceWorker,
            "logger_class": ServiceLogger,
            "loglevel": settings.log_level,
            "keepalive": KEEP_ALIVE_SECONDS,
            "graceful_timeout": int(settings.drain_seconds + settings.graceful_seconds + CLOSING_SECONDS),
            "forwarded_allow_ips": settings.forwarded_allow_ips,
            "worker_tmp_dir": SHARED_MEMORY if Path(SHARED_MEMORY).is_dir() else None,
            "control_socket_disable": True,  # it would want to write beside the code
            "child_exit": lambda _server, worker: metrics.forget_worker(worker.pid),
            "reload": settings.reload,
            "worker_int": lambda worker: os.kill(worker.pid, signal.SIGQUIT),  # a file changed
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> ASGIApp:
        """Build the app, in the worker."""
        if self.settings.reload:
            _forget_code()
        from service.app import create_app  # noqa: PLC0415 - the master must not hold what a worker loads afresh

        return create_app(self.settings)

    def run(self) -> None:
        """Serve until told to stop."""
        ServiceArbiter(self).run()


def _give_up_dead_peers(listener: Any) -> None:  # noqa: ANN401 - gunicorn's wrapper of a socket
    """Have connections end when what was sent was not taken in time; each inherits it from its listener (tcp(7))."""
    if option := getattr(socket, "TCP_USER_TIMEOUT", None):  # Linux has it
        listener.sock.setsockopt(socket.IPPROTO_TCP, option, UNREAD_SECONDS * 1000)


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _forget_code() -> None:
    """A forked worker has the modules of its master, which may be older than the files."""
    for name in [name for name in sys.modules if name.startswith("service.")]:
        del sys.modules[name]


def _refuse_taken_ports(settings: Settings) -> None:
    """Say which setting; gunicorn would try five times and then say only that it cannot connect."""
    for setting, port in (
        ("SLIPWAY_PUBLIC_PORT", settings.public_port),
        ("SLIPWAY_ADMIN_PORT", settings.admin_port),
    ):
        try:
            family, kind, _, _, address = socket.getaddrinfo(settings.host, port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family, kind) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
        except (socket.gaierror, UnicodeError):
            raise SettingsRefusedError("SLIPWAY_HOST", f"{settings.host} is no address of this machine") from None
        except OSError as error:
            reason = f"port {port} on {settings.host} cannot be bound ({error.strerror})"
            raise SettingsRefusedError(setting, f"{reason}; stop what holds it or set another") from None


def serve(settings: Settings) -> None:
    """Run the service until SIGTERM; ends the process with gunicorn's exit code.

    Raises:
        SettingsRefusedError: a port is taken or the host is none of ours.
    """
    if settings.public_port == settings.admin_port:
        raise SettingsRefusedError(
            "SLIPWAY_ADMIN_PORT", "must differ from SLIPWAY_PUBLIC_PORT; the admin port is not public"
        )
    _refuse_taken_ports(settings)
    ServiceApplication(settings).run()
