"""A request in flight for as long as one likes."""

import json
import socket
from typing import Self

from tests.support.people import join
from tests.support.server import Server

LAST = json.dumps({"name": "the last one", "price": 1}).encode()


class HalfRequest:
    """A POST whose body is not there yet."""

    def __init__(self, server: Server) -> None:
        token = join(server.public).token
        self.connection = socket.create_connection(("127.0.0.1", server.public_port), timeout=20)
        head = f"POST /api/v1/items HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(LAST)}\r\n\r\n"
        self.connection.sendall(head.encode() + LAST[:5])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.connection.close()

    def finish(self) -> bytes:
        self.connection.sendall(LAST[5:])
        answer = b""
        while chunk := self.connection.recv(65_536):
            answer += chunk
        return answer
