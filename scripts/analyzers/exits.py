"""What the exit code of a container means."""

import signal

SIGNALLED = 128

MEANINGS = {
    0: "it finished, though it should stay",
    1: "an unhandled error",
    2: "wrong usage of a command, or a shell error",
    3: "the application failed to start",
    4: "gunicorn could not load the application",
    69: "a service it needs was not reachable",
    78: "its settings were refused",
    126: "the command is not executable",
    127: "the command was not found",
    128: "the runtime could not start it",
    255: "an error without a code of its own",
}


def meaning(code: int, reason: str = "") -> str:
    """What `code` tells, in words; `reason` is the runtime's own word, such as OOMKilled."""
    if reason == "OOMKilled":
        return "killed because it used more memory than its limit"
    if code in MEANINGS:
        return MEANINGS[code]
    try:
        return f"ended by {signal.Signals(code - SIGNALLED).name}"
    except ValueError:
        return reason or "no known meaning"
