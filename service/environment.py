"""Where settings come from: `SLIPWAY_*` variables, and files for what is secret."""

import difflib
import os
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from service.platform.secrets import read_secret

PREFIX = "SLIPWAY_"
FILE = "_FILE"
FOLDER = f"{PREFIX}SECRETS_DIRECTORY"
# The command's own variables: they may well be set in the shell that starts the service.
OF_THE_COMMAND = frozenset({"SLIPWAY_NODE_IMAGE", "SLIPWAY_CLUSTER", "SLIPWAY_INGRESS_PORT"})
# What Kubernetes sets in each pod beside a Service whose name begins with "slipway", unless enableServiceLinks is off.
SERVICE_LINK = re.compile(r"SLIPWAY_(.+_)?(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT_\d+_.+)")


class SettingsRefusedError(Exception):
    """The service must not start with this setting; the text never contains the value of a secret."""

    def __init__(self, setting: str, reason: str) -> None:
        super().__init__(f"{setting}: {reason}")
        self.setting = setting
        self.reason = reason


def variable(setting: str) -> str:
    """The variable of a setting."""
    return PREFIX + setting.upper()


def secret_files(secrets: Iterable[str], folder: Path | None) -> Mapping[str, Path]:
    """The file of each secret that is not fixed by a variable; one in the folder need not exist yet."""
    files: dict[str, Path] = {}
    for name in secrets:
        if own := os.environ.get(variable(name) + FILE):
            files[name] = Path(own)
        elif folder and variable(name) not in os.environ:
            files[name] = folder / name
    return files


def named_files(secrets: Iterable[str]) -> dict[str, str]:
    """What stands in the files that `SLIPWAY_<SECRET>_FILE` variables name.

    Raises:
        SettingsRefusedError: a file cannot be read.
    """
    return {name: _read(variable(name) + FILE) for name in secrets if os.environ.get(variable(name) + FILE)}


def _read(name: str) -> str:
    try:
        return read_secret(Path(os.environ[name]))
    except OSError as error:
        raise SettingsRefusedError(name, f"{os.environ[name]} cannot be read ({error.strerror})") from None
    except ValueError:
        raise SettingsRefusedError(name, f"{os.environ[name]} is no text in UTF-8") from None


def refuse_foreign(settings: Collection[str], secrets: Collection[str]) -> None:
    """Find mistakes that would otherwise go unnoticed.

    Raises:
        SettingsRefusedError: a name is unknown, a secret is given twice, or the folder of secrets is missing.
    """
    _refuse_unknown({*map(variable, settings), *(variable(name) + FILE for name in secrets)})
    for name in map(variable, secrets):
        if name in os.environ and os.environ.get(name + FILE):
            raise SettingsRefusedError(name + FILE, f"contradicts {name}; set one of them")
    folder = os.environ.get(FOLDER)
    if folder and not Path(folder).is_dir():
        raise SettingsRefusedError(FOLDER, f"{folder} is no folder; mount it or unset the variable")


def _refuse_unknown(known: Collection[str]) -> None:
    for name, value in sorted(os.environ.items()):
        if not name.startswith(PREFIX) or name in known or _is_foreign(name, value):
            continue
        near = difflib.get_close_matches(name, known, n=1)
        raise SettingsRefusedError(name, f"is unknown; did you mean {near[0]}?" if near else "is unknown; remove it")


def _is_foreign(name: str, value: str) -> bool:
    """Whether the variable begins like ours and is somebody else's."""
    link = SERVICE_LINK.fullmatch(name) or (name.endswith("_PORT") and "://" in value)
    return name in OF_THE_COMMAND or bool(link)
