"""Every drill by its name, in the order in which `all` does them."""

from scripts.drills.drill import Drill
from scripts.drills.ending import EVICTION, POD_KILL, SCALING
from scripts.drills.outage import DATABASE_OUTAGE
from scripts.drills.replacing import CONFIG_CHANGE, ROLLBACK, ROLLING_UPDATE

ALL = (ROLLING_UPDATE, CONFIG_CHANGE, ROLLBACK, POD_KILL, EVICTION, SCALING, DATABASE_OUTAGE)
DRILLS: dict[str, Drill] = {drill.name: drill for drill in ALL}
