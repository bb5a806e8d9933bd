"""How a session ends that has nothing to test."""

from typing import NoReturn

import pytest

NOT_THERE = 10  # the command's exit code for infrastructure that is not there; none of pytest's own


def end(sentence: str) -> NoReturn:
    """End the session at once: a row of skipped tests would look like success."""
    pytest.exit(sentence, NOT_THERE)
