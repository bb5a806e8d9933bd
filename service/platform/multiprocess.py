"""Metrics of several worker processes, added up through files that they share.

Imports nothing of prometheus_client: that library decides how it keeps its numbers at the moment it is imported.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def shared_metrics() -> Iterator[None]:
    """Give the processes started in the block a folder that is empty before and gone after."""
    folder = tempfile.mkdtemp(prefix="metrics-")
    os.environ[VARIABLE] = folder
    owner = os.getpid()
    try:
        yield
    finally:
        if os.getpid() == owner:  # a forked worker leaves the block, too, while the others still count
            shutil.rmtree(folder, ignore_errors=True)
