"""Free ports of the loopback address."""

import socket

_given: set[int] = set()


def free_port() -> int:
    """A port that nobody holds right now, another one each time: whoever asked before may not have bound it yet."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in _given:
            _given.add(port)
            return port
