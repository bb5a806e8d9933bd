"""Render the profile prod into build/slipway.yaml, once every object fits its schema.

python -m tests.chart.manifests --set=image.digest=sha256:... [--values=FILE]

A custom resource is held against its definition where CRD_DIRECTORY has it.
"""

import sys

from tests.chart.rendering import CHART, INSTALLED, ROOT, RefusedError, parse, run
from tests.chart.schemas import check
from tests.chart.values_table import PROFILES

TARGET = ROOT / "build" / "slipway.yaml"
KUBERNETES = "1.34"


def manifests(helm: str, *options: str) -> str:
    """The objects of the profile as one text of YAML, without the pod of `helm test`.

    Raises:
        RefusedError: Helm refuses the values.
        ValidationError: an object does not fit its schema.
    """
    where = ("--namespace=slipway", f"--kube-version={KUBERNETES}", "--skip-tests")
    text = run(helm, "template", "slipway", str(CHART), f"--values={PROFILES['prod']}", *where, *options)
    for document in parse(text):
        check(document, KUBERNETES)
    return text


if __name__ == "__main__":
    if not INSTALLED:
        sys.exit("no helm on PATH; install Helm 4 or 3")
    TARGET.parent.mkdir(exist_ok=True)
    try:
        TARGET.write_text(manifests(INSTALLED[0], *sys.argv[1:]))
    except RefusedError as refusal:
        sys.exit(str(refusal))
    print(TARGET.relative_to(ROOT))
