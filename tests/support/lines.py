"""Shows events as lines, which pytest keeps for a failure."""

from scripts.core.report import Event


class Lines:
    """A sink that only prints what happens."""

    def emit(self, event: Event) -> None:
        print(event.phase, event.object, event.status, event.message)

    def wait(self, phase: str, what: str | None) -> None:
        pass

    def show(self, text: str) -> None:
        print(text)

    def close(self) -> None:
        pass
