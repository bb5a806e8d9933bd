"""Which names a cluster may have."""

import re

LONGEST = 50
PATTERN = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


def name_fault(name: str) -> str:
    """What is wrong with a cluster's name, as the rest of a sentence; empty where nothing is.

    kind accepts `[a-z0-9.-]+`; the name is also that of a folder and a docker network, so it begins and ends plainly.
    """
    if len(name) > LONGEST:
        return f"is {len(name)} characters long, and at most {LONGEST} work everywhere"
    if not PATTERN.fullmatch(name) or ".." in name:
        return "may hold only a-z, 0-9, dots and dashes, and begin and end with a letter or digit"
    return ""
