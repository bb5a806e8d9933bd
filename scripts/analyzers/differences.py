"""The difference of two configurations, field by field."""

from collections.abc import Iterator

Field = tuple[str, object, object]
ABSENT = "(absent)"


def differences(old: object, new: object, path: str = "") -> list[str]:
    """One line for each field that differs: `nodes[0].image: kindest/node:v1.33.1 -> kindest/node:v1.34.4`."""
    return [
        f"{where or 'everything'}: {_show(before)} -> {_show(after)}" for where, before, after in _walk(old, new, path)
    ]


def _walk(old: object, new: object, path: str) -> Iterator[Field]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from _walk(old.get(key, ABSENT), new.get(key, ABSENT), f"{path}.{key}" if path else str(key))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from _walk(_item(old, index), _item(new, index), f"{path}[{index}]")
    elif old != new:
        yield path, old, new


def _item(items: list[object], index: int) -> object:
    return items[index] if index < len(items) else ABSENT


def _show(value: object) -> str:
    return " ".join(str(value).split())
