"""What a machine may lack: the tests of it are skipped with the reason, or fail where it is required."""

import os

import pytest


def refuse(required: str, reason: str) -> None:
    """Skip the test, or fail it where the variable `required` is 1: there it must run."""
    act = pytest.fail if os.environ.get(required) == "1" else pytest.skip
    act(reason)
