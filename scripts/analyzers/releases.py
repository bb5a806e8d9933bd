"""The history of a Helm release, read from its Secrets, and what the next step is."""

from collections.abc import Iterable
from dataclasses import dataclass

from scripts.core.objects import Object, at, label_of

FINGERPRINT = "slipway.dev/fingerprint"


@dataclass(frozen=True)
class Revision:
    """One revision of a release."""

    number: int
    status: str
    fingerprint: str

    @property
    def pending(self) -> bool:
        """Whether helm was interrupted, or is still at work, on it."""
        return self.status.startswith("pending-")


def revisions(secrets: Iterable[Object], release: str) -> list[Revision]:
    """The revisions of `release`, oldest first, from the Secrets in which Helm keeps them."""
    ours = (s for s in secrets if label_of(s, "owner") == "helm" and label_of(s, "name") == release)
    found = (Revision(int(label_of(s, "version") or 0), label_of(s, "status"), label_of(s, FINGERPRINT)) for s in ours)
    return sorted(found, key=lambda revision: revision.number)


def last_good(history: list[Revision]) -> Revision | None:
    """The newest revision that was deployed, now or before."""
    return next((r for r in reversed(history) if r.status in {"deployed", "superseded"}), None)


def is_current(history: list[Revision], fingerprint: str) -> bool:
    """Whether the newest revision is deployed and made of exactly what is wanted."""
    return bool(history) and history[-1].status == "deployed" and history[-1].fingerprint == fingerprint


def newest_jobs(jobs: Iterable[Object]) -> list[Object]:
    """The Jobs of the youngest generation: those made with the newest one, within the seconds helm needs."""
    ordered = sorted(jobs, key=lambda job: str(at(job, "metadata", "creationTimestamp", default="")))
    return ordered[-1:]
