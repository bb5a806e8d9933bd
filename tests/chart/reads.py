"""Which values the templates read: every path that can be told from their text, also below `with`, `range` and `:=`.

What a helper is handed in a dict, or reads by a name that is put together, cannot be told so.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

ACTION = re.compile(r"{{-?\s*(?!/\*)(.*?)\s*-?}}", re.DOTALL)
TEXT = re.compile(r'"(?:\\.|[^"\\])*"|`[^`]*`')
PATH = re.compile(r"(?<![\w).$])(\$\w*)?((?:\.\w+)+)")
BLOCK = re.compile(r"(else\s+with|with|range|if|define|block|else|end)\b\s*(.*)", re.DOTALL)
ASSIGNED = re.compile(r"(?:\$\w+\s*,\s*)?(\$\w+)\s*:?=\s*(.*)", re.DOTALL)
WHOLE = re.compile(r"(\$\w*)?((?:\.\w+)+)")
# Where the dot is not a value.
ELSEWHERE = ""


@dataclass
class Scope:
    """What the dot and the variables stand for, as paths of values; a block goes by its end."""

    dots: list[str] = field(default_factory=lambda: [ELSEWHERE])
    variables: dict[str, str] = field(default_factory=dict)

    def path(self, variable: str | None, fields: str) -> str:
        """The path of the values that is read, or ELSEWHERE."""
        before, values, below = fields.partition(".Values")
        if values and before in {"", ".context", ".root"} and below[:1] in {"", "."}:
            return below.lstrip(".")
        known = self.dots[-1] if variable is None else self.variables.get(variable, ELSEWHERE)
        return f"{known}{fields}" if known else ELSEWHERE


def reads(text: str) -> Iterator[str]:
    """The paths that a template reads, in the order of its text; `[]` stands for the items of a list."""
    scope = Scope()
    for action in ACTION.findall(text):
        code = TEXT.sub('""', action)
        yield from filter(None, (scope.path(variable or None, fields) for variable, fields in PATH.findall(code)))
        _enter(scope, code)


def _enter(scope: Scope, code: str) -> None:
    block = BLOCK.match(code)
    keyword, rest = block.groups() if block else ("", code)
    assigned = ASSIGNED.fullmatch(rest)
    found = _meant(scope, assigned[2] if assigned else rest)
    if keyword in {"end", "else", "else with"}:
        scope.dots.pop()
    if keyword and keyword != "end":
        scope.dots.append(_dot(scope, keyword, found))
    if assigned:
        scope.variables[assigned[1]] = f"{found}[]" if found and keyword == "range" else found


def _meant(scope: Scope, expression: str) -> str:
    whole = WHOLE.fullmatch(expression.strip())
    return scope.path(whole[1], whole[2]) if whole else ELSEWHERE


def _dot(scope: Scope, keyword: str, found: str) -> str:
    if keyword == "range":
        return f"{found}[]" if found else ELSEWHERE
    if keyword in {"if", "else"}:
        return scope.dots[-1]
    return found if keyword.endswith("with") else ELSEWHERE
