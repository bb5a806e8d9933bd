"""Image references, written out in full."""


def full_name(reference: str) -> str:
    """The reference as a container runtime writes it: `postgres:17` is docker.io/library/postgres:17."""
    host, slash, rest = reference.partition("/")
    if not slash:
        named = f"docker.io/library/{reference}"
    elif "." in host or ":" in host or host == "localhost":
        named = f"docker.io/library/{rest}" if host == "docker.io" and "/" not in rest else reference
    else:
        named = f"docker.io/{reference}"
    return named if _is_tagged(named) else f"{named}:latest"


def _is_tagged(reference: str) -> bool:
    return ":" in reference.rpartition("/")[2] or "@" in reference
