"""Kept to compare with: an application as tutorials write it.

A signal handler that exits, a manager that sends to one socket after another, default metrics.
"""

import logging
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from prometheus_fastapi_instrumentator import Instrumentator

from tests.naive.manager import ConnectionManager

logger = logging.getLogger("uvicorn.error")


def shutdown_handler(_signum: int, _frame: object) -> None:
    logger.info("Received shutdown signal, cleaning up...")
    sys.exit(0)


signal.signal(signal.SIGTERM, shutdown_handler)


manager = ConnectionManager()


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    yield
    logger.info("closed")


app = FastAPI(lifespan=lifespan)
Instrumentator().instrument(app).expose(app)


@app.get("/api/version")
async def version() -> dict[str, str]:
    return {"version": "1"}


@app.get("/items/{number}")
async def read_item(number: int) -> dict[str, int]:
    return {"id": number}


@app.get("/slow")
async def slow() -> None:
    await anyio.sleep(60)


@app.websocket("/ws/{client_id}")
async def talk(websocket: WebSocket, client_id: str) -> None:
    await manager.connect(websocket)
    try:
        while True:
            data = await websocket.receive_text()
            await manager.broadcast(f"{client_id}: {data}")
    except WebSocketDisconnect:
        manager.disconnect(websocket)
