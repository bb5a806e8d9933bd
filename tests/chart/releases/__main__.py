"""Keep the values of the chart's version: python -m tests.chart.releases."""

from pathlib import Path

import yaml

from tests.chart.rendering import CHART

HEAD = "# The values of this version, all of them, as an upgrade with --reuse-values brings them along.\n"


def main() -> None:
    """Write them beside those of the versions before."""
    version = yaml.safe_load((CHART / "Chart.yaml").read_text())["version"]
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    kept = Path(__file__).with_name(f"{version}.yaml")
    kept.write_text(HEAD + yaml.safe_dump(values, sort_keys=False))


main()
