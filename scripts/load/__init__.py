"""An HTTP load client for proofs that nothing was lost.

It sends at a fixed rate whatever the answers do (open model), partly on kept connections and partly on new ones, and
sends every request exactly once: there is no retry, and a request without the expected answer is a recorded failure.
Latencies are measured from the moment a request was due, which corrects for coordinated omission. Only loopback and
private addresses are accepted, over plain HTTP/1.1.

    spec = LoadSpec(target=Target.of("http://127.0.0.1:8080"), rate=100, seconds=300)
    with LoadRun(spec) as run:          # measures its own ceiling first and refuses a rate above half of it
        run.wait_for(requests=1000, seconds=60)
        ...                             # roll out, drain, break something
        result = run.stop()             # completes what is under way
    result.requests, result.failures, result.latency.p99, result.writes.surviving, result.to_json()

Public: `Target.of`, `Kind` and `ITEM_TRAFFIC` (what is sent, as data), `LoadSpec`, `LoadRun`, `run_load`,
`measure_ceiling` and `Ceiling` (to measure once for several runs), `LoadResult` with `Failure`, `FailureClass`,
`Latency`, `Second`, `Progress` and `Writes`, and the errors `LoadError` and `LoadRefusedError`.
"""

from scripts.load.ceiling import SAFE_SHARE, Ceiling, measure_ceiling
from scripts.load.errors import LoadError, LoadRefusedError
from scripts.load.failures import Failure, FailureClass
from scripts.load.items import ItemId, Writes
from scripts.load.percentiles import Latency
from scripts.load.result import LoadResult, Progress, Second
from scripts.load.run import LoadRun, run_load
from scripts.load.spec import LoadSpec
from scripts.load.target import Target
from scripts.load.traffic import ITEM_TRAFFIC, Kind

__all__ = [
    "ITEM_TRAFFIC",
    "SAFE_SHARE",
    "Ceiling",
    "Failure",
    "FailureClass",
    "ItemId",
    "Kind",
    "Latency",
    "LoadError",
    "LoadRefusedError",
    "LoadResult",
    "LoadRun",
    "LoadSpec",
    "Progress",
    "Second",
    "Target",
    "Writes",
    "measure_ceiling",
    "run_load",
]
