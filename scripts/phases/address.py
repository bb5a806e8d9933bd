"""The address: the release answers on this machine, through the Ingress."""

import http.client

from scripts.core.deadline import Deadline
from scripts.core.errors import RolloutTimeout
from scripts.phases.context import Context, Outcome

PHASE = "address"
PATH = "/health/ready"
PACE = 0.3
# Traefik gathers changes of the endpoints for 2 s (providersThrottleDuration).
STEADY_SECONDS = 4.0
STEADY_PACE = 0.05
CALL_SECONDS = 5.0
OK = 200


def address(port: int) -> str:
    """Where the release is found."""
    return f"http://127.0.0.1:{port}"


def await_address(context: Context, port: int, patience: float) -> Outcome:
    """Wait until the readiness of the release is seen from outside.

    Raises:
        RolloutTimeout: It was not, in time; the sentence says what was seen instead.
    """
    deadline = Deadline(patience)
    url = f"{address(port)}{PATH}"
    with context.voice(PHASE).waiting(f"{url} to answer 200") as now:
        while (seen := probe(port)) != f"{OK}":
            if deadline.passed:
                raise RolloutTimeout(
                    f"{url} did not answer 200 within {patience:.0f} s; the last answer was: {seen}.",
                    fix="Look at the Ingress controller: slipway status, kubectl -n traefik get pods.",
                    code="address.unready",
                )
            now(f"{url} to answer 200; it says {seen}")
            deadline.pause(PACE)
    return Outcome(changed=False, message=f"{address(port)} answers")


def await_steady(context: Context, port: int, patience: float) -> None:
    """Wait until the address has answered without a break for longer than the Ingress controller may lag behind.

    It follows the endpoints with a delay, so for a while it may still send to pods that have gone.

    Raises:
        RolloutTimeout: It never did for so long.
    """
    deadline = Deadline(patience)
    quiet = Deadline(STEADY_SECONDS)
    with context.voice(PHASE).waiting(f"{address(port)} to answer for {STEADY_SECONDS:g} s without a break"):
        while not quiet.passed:
            if probe(port) != f"{OK}":
                quiet = Deadline(STEADY_SECONDS)
            if deadline.passed:
                raise RolloutTimeout(
                    f"{address(port)} did not answer for {STEADY_SECONDS:g} s without a break within {patience:.0f} s.",
                    fix="Look at the pods: slipway status.",
                    code="address.unsteady",
                )
            deadline.pause(STEADY_PACE)


def probe(port: int) -> str:
    """The status of one request for readiness as text, or why there was none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=CALL_SECONDS)
    try:
        connection.request("GET", PATH)
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()
