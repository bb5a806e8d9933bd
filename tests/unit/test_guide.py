"""docs/guide.md is true: nothing is missing in it, and what it names is there."""

import re
from pathlib import Path

import pytest

from tests.prove import guide
from tests.prove.promises import ROOT, Promise, promises
from tests.prove.trial import Outcome, judge

PROMISES = promises()
SECTIONS = {
    "WebSockets": ["Basic WebSocket", "WebSocket Connection Manager", "WebSocket with Authentication"],
    "Testing": [
        "Setup Test Environment",
        "Basic Tests",
        "Testing with Database",
        "Testing Authentication",
        "Async Tests",
        "Fixtures and Parametrized Tests",
    ],
    "Performance Optimization": [
        "Database Query Optimization: select loading",
        "Database Query Optimization: pagination",
        "Caching: Redis",
        "Caching: in memory",
        "Response Compression",
        "Database Connection Pooling",
    ],
    "API Versioning": ["URL Path Versioning", "Header-Based Versioning", "Content Negotiation Versioning"],
    "Advanced Error Handling": [
        "Custom Exception Classes",
        "Global Exception Handler",
        "Validation Error Customization",
    ],
    "Logging": ["Structured Logging", "Request ID Tracking"],
    "Containerization": ["Dockerfile", "Multi-stage Build", "docker-compose.yml"],
    "Deployment": [
        "Production Configuration",
        "Gunicorn with Uvicorn Workers",
        "Health Checks",
        "Kubernetes Deployment",
    ],
    "Production Best Practices": [
        "1. Use environment variables",
        "2. Enable HTTPS",
        "3. Set up proper CORS",
        "4. Implement rate limiting",
        "5. Use connection pooling",
        "6. Enable response compression",
        "7. Implement proper logging",
        "8. Set up monitoring",
        "9. Use secrets management",
        "10. Implement graceful shutdown",
        "Graceful Shutdown",
    ],
    "Beyond the guide": [
        "Rooms across processes",
        "The Python client",
        "The console: rooms",
        "The console: items and session",
    ],
}


def titles(promise: Promise) -> str:
    return promise.section


def test_every_section_and_practice_of_the_guide_is_there_in_its_order_and_what_goes_beyond_it() -> None:
    found: dict[str, list[str]] = {}
    for promise in PROMISES:
        found.setdefault(promise.chapter, []).append(promise.section)
    assert found == SECTIONS


def test_the_page_is_what_the_promises_say() -> None:
    assert guide.PATH.read_text(encoding="utf-8") == guide.render(PROMISES), "run python -m tests.prove --write"


@pytest.mark.parametrize("promise", PROMISES, ids=titles)
def test_no_cell_is_empty_and_what_it_names_is_there(promise: Promise) -> None:
    for cell in (promise.how, promise.modules, promise.settings, promise.tests, promise.mutations):
        assert cell
    for path in (*promise.modules, *(mutation.file for mutation in promise.mutations)):
        assert (ROOT / path).exists(), path
    for test in promise.tests:
        path, _, name = test.partition("::")
        assert re.search(rf"^(async )?def {name.partition('[')[0]}\(", (ROOT / path).read_text(), re.MULTILINE), test


@pytest.mark.parametrize("promise", PROMISES, ids=titles)
def test_each_mutation_can_be_applied(promise: Promise, tmp_path: Path) -> None:
    for mutation in promise.mutations:
        copy = tmp_path / mutation.file
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text((ROOT / mutation.file).read_text(encoding="utf-8"), encoding="utf-8")
        mutation.apply(tmp_path)
        assert copy.read_text(encoding="utf-8") != (ROOT / mutation.file).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("exit_code", "output", "expected"),
    [
        (0, "3 passed in 1s", Outcome.GREEN),
        (1, "1 failed, 2 passed in 1s", Outcome.RED),
        (0, "SKIPPED [1] tests/conftest.py:3: no initdb\n1 skipped in 1s", Outcome.SKIPPED),
        (0, "SKIPPED [1] tests/conftest.py:3: no initdb\n2 passed, 1 skipped in 1s", Outcome.PARTLY),
        (1, "1 error in 1s", Outcome.BROKEN),
        (2, "Interrupted: 1 error during collection", Outcome.BROKEN),
        (4, "ERROR: not found", Outcome.BROKEN),
        (5, "no tests ran", Outcome.BROKEN),
    ],
)
def test_only_a_failed_test_counts_as_red(exit_code: int, output: str, expected: Outcome) -> None:
    assert judge(exit_code, output) is expected
