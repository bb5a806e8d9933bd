from pathlib import Path

import pytest

from scripts.analyzers.contexts import copied_sources, ignore_patterns, ignored
from scripts.core.errors import ImageError
from scripts.core.project import Project
from scripts.phases.context_files import image_tag

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("dockerfile", "sources"),
    [
        ("COPY service /opt/service", ["service"]),
        ("COPY --from=build /opt /opt", []),
        ("COPY --chown=1:1 a b ./c /opt/", ["a", "b", "c"]),
        ('COPY ["with space", "/opt/"]', ["with space"]),
        ("ADD https://example.org/x /x\nADD local /x", ["local"]),
        ("copy a \\\n  b \\\n  /opt", ["a", "b"]),
        ("# COPY not /me\nCOPY . /app", ["."]),
        ("RUN --mount=type=bind,source=requirements.txt,target=/r pip install", ["requirements.txt"]),
        ("RUN --mount=type=cache,target=/var/cache/pip pip install", []),
        ("RUN --mount=type=bind,from=build,source=/x,target=/y true", []),
        ("COPY a /x\nCOPY a /y", ["a"]),
    ],
)
def test_sources_of_a_dockerfile(dockerfile: str, sources: list[str]) -> None:
    assert copied_sources(f"FROM x\n{dockerfile}\n") == sources


STAGES = """\
ARG BASE=python
FROM ${BASE} AS build
COPY lock /lock
FROM ${BASE} AS assets
COPY web /web
FROM ${BASE} AS runtime
COPY --from=build /opt /opt
RUN --mount=type=bind,from=assets,source=/web,target=/web cp -r /web /opt
FROM runtime AS dev
COPY dev /dev
FROM ${BASE} AS verify
COPY tests /tests
FROM --platform=linux/amd64 runtime
"""


def test_only_the_stages_that_the_image_is_made_from_count() -> None:
    assert copied_sources(STAGES) == ["lock", "web"]


def test_stages_may_be_named_by_number() -> None:
    assert copied_sources("FROM a\nCOPY x /x\nFROM b\nCOPY y /y\nFROM c\nCOPY --from=0 /x /x\n") == ["x"]


def test_stages_are_named_in_any_case() -> None:
    assert copied_sources("FROM a AS Build\nCOPY x /x\nFROM b\nCOPY --from=bUILD /x /x\n") == ["x"]


@pytest.mark.parametrize("last", ["FROM base", "FROM c\nCOPY --from=base /x /x"])
def test_stage_below_the_one_that_names_it_is_another_image(last: str) -> None:
    text = f"FROM tool AS base\nCOPY x /x\nFROM a AS tool\nCOPY tool /tool\n{last}\n"
    assert copied_sources(text) == ["x"]


def test_stage_may_bear_the_name_of_the_image_it_begins_with() -> None:
    assert copied_sources("FROM a AS a\nCOPY x /x\nFROM a\n") == ["x"]


IGNORE = ["*", "!requirements/service.txt", "!service", "**/__pycache__"]


@pytest.mark.parametrize(
    ("path", "left_out"),
    [
        ("README.md", True),
        ("service/app.py", False),
        ("service/deep/er.py", False),
        ("service/__pycache__/app.pyc", True),
        ("service/api/__pycache__/app.pyc", True),
        ("requirements/service.txt", False),
        ("requirements/dev.txt", True),
    ],
)
def test_ignore_file(path: str, *, left_out: bool) -> None:
    assert ignored(path, IGNORE) is left_out


@pytest.mark.parametrize(
    ("pattern", "path", "left_out"),
    [
        ("*.md", "a.md", True),
        ("*.md", "docs/a.md", False),
        ("**/*.md", "docs/a.md", True),
        ("docs", "docs/a/b", True),
        ("doc?", "docs", True),
        ("/docs", "docs/a", True),
        ("a.b", "axb", False),
    ],
)
def test_patterns(pattern: str, path: str, *, left_out: bool) -> None:
    assert ignored(path, [pattern]) is left_out


def test_comments_are_no_patterns() -> None:
    assert ignore_patterns("# a\n\n b \n") == ["b"]


def test_own_dockerfile_copies_the_service_and_its_lock() -> None:
    assert copied_sources((ROOT / "Dockerfile").read_text()) == ["requirements/service.txt", "service"]


def tag_after(root: Path, name: str, text: str) -> tuple[str, str]:
    before = image_tag(Project(root))
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)
    return before, image_tag(Project(root))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text("FROM x\nCOPY service /opt\n")
    (tmp_path / ".dockerignore").write_text("\n".join(IGNORE))
    (tmp_path / "service").mkdir()
    (tmp_path / "service" / "app.py").write_text("1")
    return tmp_path


@pytest.mark.parametrize("name", ["service/app.py", "service/new.py", "Dockerfile", ".dockerignore"])
def test_tag_follows_what_the_image_is_made_of(checkout: Path, name: str) -> None:
    text = (checkout / name).read_text() + "\n# more" if (checkout / name).exists() else "2"
    before, after = tag_after(checkout, name, text)
    assert before != after


def test_tag_does_not_follow_what_another_stage_copies(checkout: Path) -> None:
    (checkout / "tests").mkdir()
    (checkout / "tests" / "test_it.py").write_text("1")
    (checkout / ".dockerignore").unlink()
    (checkout / "Dockerfile").write_text(
        "FROM x AS runtime\nCOPY service /opt\nFROM x AS verify\nCOPY tests /tests\nFROM runtime\n"
    )
    before, after = tag_after(checkout, "tests/test_it.py", "2")
    assert before == after
    before, after = tag_after(checkout, "service/app.py", "2")
    assert before != after


@pytest.mark.parametrize("name", ["service/__pycache__/app.pyc", "README.md", "charts/x.yaml"])
def test_tag_does_not_follow_the_rest(checkout: Path, name: str) -> None:
    before, after = tag_after(checkout, name, "2")
    assert before == after


def test_file_that_becomes_executable_is_another_file(checkout: Path) -> None:
    before = image_tag(Project(checkout))
    (checkout / "service" / "app.py").chmod(0o755)
    assert image_tag(Project(checkout)) != before


def test_missing_dockerfile_and_missing_source_are_told(checkout: Path) -> None:
    (checkout / "Dockerfile").write_text("FROM x\nCOPY nothing /x\n")
    with pytest.raises(ImageError, match="copies nothing, which is not in"):
        image_tag(Project(checkout))
    (checkout / "Dockerfile").unlink()
    with pytest.raises(ImageError, match="There is no Dockerfile"):
        image_tag(Project(checkout))
