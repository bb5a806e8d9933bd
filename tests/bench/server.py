"""`python -m tests.bench.server NAME PORT`: one app in a uvicorn with the options of the service's worker."""

import sys

import uvicorn

from service.server import ServiceWorker
from tests.bench.apps import APPS


def main(name: str, port: int) -> None:
    uvicorn.run(APPS[name](), host="127.0.0.1", port=port, log_level="warning", **ServiceWorker.CONFIG_KWARGS)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
