"""Which metrics are computed after every epoch, and which of them on the device: files of `{room}/live_metrics`."""

from functools import cache

from configs.files.places import PROJECT
from configs.learners import LEARNERS
from configs.seats.metrics import metrics_of
from configs.seats.seat import Seat
from configs.seats.signatures import Form

MONITOR = ("training", "early_stopping", "monitor")
LIVE_METRICS = Seat("live metric", MONITOR, "live_metrics", Form("", ("rows",), "name"))


@cache
def on_device(room: str) -> frozenset[str]:
    """The metrics that have a file in `room`; any other is computed by its function in `evaluation/metrics`."""
    files = (PROJECT / room / "live_metrics").glob("*.py")
    return frozenset(path.stem for path in files if not path.stem.startswith("_"))


def live_metrics_of(task: str, monitor: str = "loss") -> tuple[str, ...]:
    """Keys besides the loss, the same in every framework: those of a file in any room, and the monitored one."""
    live = {monitor}.union(*(on_device(learner.room) for learner in LEARNERS.values()))
    found = tuple(name for name in metrics_of(task) if name in live and name != "loss")
    return found if monitor in ("loss", *found) else (*found, monitor)
