"""Has coverage keep what a process saw that ends itself by a signal, as uvicorn does after a SIGTERM it obeyed.

A plugin of coverage, see [tool.coverage.run]: by itself it writes when the interpreter exits, and here none does.
"""

import signal

from coverage import Coverage
from coverage.plugin_support import Plugins


def coverage_init(_plugins: Plugins, _options: dict[str, str]) -> None:
    """Save before the signal is raised."""
    raise_signal = signal.raise_signal

    def save_and_raise(number: int) -> None:
        if running := Coverage.current():
            running.stop()
            running.save()
        raise_signal(number)

    signal.raise_signal = save_and_raise
