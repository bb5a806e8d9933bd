"""The price of the service's own stack, as ratios of one run: `make bench`. Ends with 1 above the budget."""

import logging
import sys
import tempfile
from pathlib import Path

from tests.bench import inside, outside

BUDGET_MICROSECONDS = 60.0
SHARE_OF_BARE = 0.65


def main() -> int:
    """Measure and print; the exit code."""
    prices = inside.run()
    kept = prices.layers <= BUDGET_MICROSECONDS
    print(f"in process   {prices.bare:.0f} us FastAPI alone, {prices.unlayered:.0f} our routes, {prices.ours:.0f} ours")
    print(f"own layers   {prices.layers:.0f} us; budget {BUDGET_MICROSECONDS:.0f}: {_verdict(kept)}")
    logging.disable()  # httpx would tell of its requests
    with tempfile.TemporaryDirectory() as folder:
        rates = outside.run(Path(folder))
    if not rates:
        print("one worker   not measured: wrk is not installed")
        return int(not kept)
    print("one worker   " + ", ".join(f"{name} {rate:.0f}/s" for name, rate in rates.items()))
    share = rates["ours"] / rates["bare"]
    print(f"ours/bare    {share:.2f}; aim {SHARE_OF_BARE}: {_verdict(share >= SHARE_OF_BARE)}")
    print(f"ours/guide   {rates['ours'] / rates['guide']:.2f}")
    return int(not kept)


def _verdict(kept: bool) -> str:  # noqa: FBT001 - it is the question
    return "kept" if kept else "MISSED"


if __name__ == "__main__":
    sys.exit(main())
