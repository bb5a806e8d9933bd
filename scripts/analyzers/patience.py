"""How long a bad sign has been there, and whether that is long enough to give up."""

from collections.abc import Iterable

from scripts.analyzers.signals import Grade, Signal


class Patience:
    """Remembers when each signal was first seen.

    Signals that pass are forgotten: one that comes back starts again. A container that crash-loops runs for a moment
    between two crashes; its signal is kept through that moment, for as long as `flicker` seconds.

    Args:
        flicker: Seconds a signal may be out of sight and still count as the same.
    """

    def __init__(self, flicker: float = 20.0) -> None:
        self._flicker = flicker
        self._first: dict[object, float] = {}
        self._last: dict[object, float] = {}

    def verdict(self, signals: Iterable[Signal], now: float) -> Signal | None:
        """The signal because of which one gives up at `now`, or None.

        Args:
            signals: What the pods say now.
            now: Seconds on any clock that only goes forward.
        """
        signals = list(signals)
        self._remember(signals, now)
        return next((signal for signal in signals if self._left(signal, now) <= 0), None)

    def soonest(self, signals: Iterable[Signal], now: float) -> float | None:
        """Seconds until the first of `signals` would end the wait, or None where none would."""
        left = [self._left(signal, now) for signal in signals if signal.grade is not Grade.SYMPTOM]
        return max(0.0, min(left)) if left else None

    def _left(self, signal: Signal, now: float) -> float:
        if signal.grade is Grade.CERTAIN:
            return 0.0
        if signal.grade is Grade.SYMPTOM:
            return float("inf")
        return self._first.get(signal.key, now) + signal.grace - now

    def _remember(self, signals: list[Signal], now: float) -> None:
        for key in [key for key, seen in self._last.items() if now - seen > self._flicker]:
            del self._first[key], self._last[key]
        for signal in signals:
            if signal.grade is Grade.LIKELY:
                self._first.setdefault(signal.key, now)
                self._last[signal.key] = now
