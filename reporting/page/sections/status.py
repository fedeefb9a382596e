"""Status block of a run at the top of its page."""

from evaluation.verdicts.status import LEVELS, shared_status
from reporting.page.blocks import Status
from reporting.page.part import Parts


def status_blocks(parts: Parts) -> list[Status]:
    """The status of all frameworks together; nothing for a run of version 0.1, which has none."""
    items = shared_status({name: part.metrics for name, part in parts.items()})
    levels = {level: [item for item in items if item.level == level] for level in LEVELS}
    return [Status({level: own for level, own in levels.items() if own})] if items else []
