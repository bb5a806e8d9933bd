"""What a flood of logins costs."""

import asyncio
from pathlib import Path

from service.settings import Settings
from tests.support.served import migrate, served

MOST_GROWTH = 100 * 1024  # kB


def memory(name: str) -> int:
    """A figure of this process, in kB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


async def test_forty_logins_at_once_stay_within_the_memory_of_a_pod(sqlite_settings: Settings) -> None:
    migrate(sqlite_settings)
    async with served(sqlite_settings.model_copy(update={"login_rate_limit": ""})) as service:
        user = {"email": "ann@example.org", "name": "Ann", "password": "correct horse"}
        assert (await service.public.post("/api/v1/users", json=user)).status_code == 201
        form = {"username": user["email"], "password": user["password"]}
        forget_peak()
        before = memory("VmRSS")
        answers = await asyncio.gather(*(service.public.post("/api/v1/tokens", data=form) for _ in range(40)))
        growth = memory("VmHWM") - before
    print(f"40 logins at once: peak +{growth / 1024:.0f} MiB")
    assert {answer.status_code for answer in answers} == {200}
    assert growth < MOST_GROWTH
