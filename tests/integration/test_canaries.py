"""Secrets planted in every way into the service come out in no log line, even at the level "debug"."""

import json
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from service.platform.tokens import Tokens
from tests.support.postgres import PASSWORD
from tests.support.server import Server, serving

pytestmark = pytest.mark.process
CANARY = "canary0123456789abcdefghijklmnopqrstuv"


def call_with_canaries(server: Server) -> None:
    user = {"email": "ann@example.org", "name": "Ann", "password": CANARY}
    with httpx.Client(base_url=server.public) as client:
        client.get(f"/nowhere?token={CANARY}&%74oken={CANARY}")
        client.get(f"/api/version?{CANARY}")
        client.get("/api/v1/users/me", headers={"authorization": f"Bearer {CANARY}", "cookie": f"session={CANARY}"})
        client.get("/api/v1/users/me", headers={"authorization": f"Basic {CANARY}", "x-request-id": f"{CANARY}{{"})
        for body in (user, {**user, "more": CANARY}, {**user, "email": CANARY}, user):
            client.post("/api/v1/users", json=body)
        client.post("/api/v1/users", content=f'{{"password": "{CANARY}', headers={"content-type": "application/json"})
        client.post("/api/v1/tokens", data={"username": user["email"], "password": f"{CANARY}-wrong"})
        client.post("/api/v1/tokens", data={"username": user["email"], "password": CANARY}).raise_for_status()


def open_socket_with_canaries(server: Server) -> None:
    address = server.public.replace("http", "ws") + f"/ws/echo?token={CANARY}"
    with connect(address, additional_headers={"authorization": f"Bearer {CANARY}"}) as socket:
        socket.send(CANARY)
        assert socket.recv() == CANARY
    with pytest.raises(InvalidStatus):
        connect(f"{server.public.replace('http', 'ws')}/ws/nowhere?token={CANARY}")


def break_a_statement(server: Server) -> int:
    """A user's number that PostgreSQL refuses: an exception that nobody expects, with SQL in its text."""
    token = Tokens(f"{CANARY}-signing-key".encode()).issue(str(10**30), "Ann")
    return httpx.get(f"{server.public}/api/v1/users/me", headers={"authorization": f"Bearer {token}"}).status_code


def test_no_line_tells_a_secret(tmp_path: Path, postgres_url: str) -> None:
    (tmp_path / "admin").write_text(f"{CANARY}-admin")
    with serving(
        tmp_path,
        database_url=postgres_url,
        database_password=PASSWORD,
        signing_key=f"{CANARY}-signing-key",
        admin_token_file=tmp_path / "admin",
        login_rate_limit="",
        log_level="debug",
    ) as server:
        call_with_canaries(server)
        open_socket_with_canaries(server)
        status = break_a_statement(server)
        httpx.get(f"{server.admin}/nowhere?token={CANARY}", headers={"authorization": f"Bearer {CANARY}-admin"})
        server.terminate()
        assert server.process.wait(20) == 0
        output = server.output()
    assert CANARY not in output
    assert PASSWORD not in output
    events = [json.loads(line) for line in output.splitlines()]
    messages = "\n".join(event["message"] for event in events)
    assert "WebSocket /ws/echo?[hidden]" in messages, "uvicorn's own line was looked for"
    assert "SELECT" in messages, "SQL was written"
    assert status == 401 or any("DataError" in event.get("exception", "") for event in events)


def test_one_line_a_request_with_its_route_and_its_trace(tmp_path: Path) -> None:
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    with serving(tmp_path) as server:
        httpx.get(f"{server.public}/api/v1/users/me", headers={"traceparent": parent, "x-request-id": "mine"})
        httpx.get(f"{server.public}/nowhere")
        httpx.get(f"{server.public}/livez")
        server.terminate()
        assert server.process.wait(20) == 0
        first, second = (event for event in server.events() if event["message"] == "request")
    assert (first["route"], first["path"], first["status"]) == ("/api/v1/users/me", "/api/v1/users/me", 401)
    assert (first["trace_id"], first["request_id"]) == ("4bf92f3577b34da6a3ce929d0e0e4736", "mine")
    assert (second["route"], second["path"], second["status"]) == (None, "/nowhere", 404)
    assert second["trace_id"] != first["trace_id"]
    assert {"duration_ms", "client", "method", "span_id", "level", "logger", "timestamp"} <= set(first)
