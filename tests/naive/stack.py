"""The guide's own stack, to be compared with: two layers by decorator, a synchronous endpoint, its formatter."""

import json
import logging
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import UTC, datetime

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

request_id_var: ContextVar[str] = ContextVar("request_id", default="")
logger = logging.getLogger("guide")
Next = Callable[[Request], Awaitable[Response]]


class Version(BaseModel):
    version: str


class JSONFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        log_data = {
            "timestamp": datetime.now(UTC).isoformat(),
            "level": record.levelname,
            "message": record.getMessage(),
            "module": record.module,
            "function": record.funcName,
            "line": record.lineno,
        }
        return json.dumps(log_data)


def create_app() -> FastAPI:
    app = FastAPI()
    logger.setLevel(logging.INFO)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JSONFormatter())
    logger.addHandler(handler)

    @app.middleware("http")
    async def log_requests(request: Request, call_next: Next) -> Response:
        start_time = time.time()
        response = await call_next(request)
        details = {"method": request.method, "url": str(request.url), "status_code": response.status_code}
        logger.info("Request processed", extra={**details, "duration": time.time() - start_time})
        return response

    @app.middleware("http")
    async def add_request_id(request: Request, call_next: Next) -> Response:
        request_id = str(uuid.uuid4())
        request_id_var.set(request_id)
        response = await call_next(request)
        response.headers["X-Request-ID"] = request_id
        return response

    @app.get("/api/version")
    def version() -> Version:
        return Version(version="0.1.0")

    return app
