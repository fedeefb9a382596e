"""A monitor is refused where the live metric of some network would not be a number, and nowhere else."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from small import small

from configs.errors import StudyError
from configs.seats.live_metrics import live_metrics_of
from configs.seats.metric_choice import Monitor
from datamodules.folds.plan import Role
from experiment.rules.monitor import check_monitored_rows
from lightning_mods.stack.live_rows import truth
from lightning_mods.stack.metrics import live_metrics

SEEN = {
    "binary": [[0, 0, 0], [1, 1, 1], [0, 1, 1]],
    "multiclass": [[0, 0, 0], [2, 2, 2], [0, 2, 2]],
    "regression": [[0.1, 0.1, 0.1], [3.0], [0.1, 0.1, 0.2]],
}
CASES = [(task, monitor, seen) for task in SEEN for monitor in ("loss", *live_metrics_of(task)) for seen in SEEN[task]]


@pytest.mark.parametrize(("task", "monitor", "seen"), CASES)
def test_a_monitor_is_refused_where_a_network_leaves_it_undefined(task, monitor, seen):
    study, folds = small(task=task)
    stopping = study.training.early_stopping.model_copy(update={"monitor": Monitor(name=monitor)})
    study = study.model_copy(update={"training": study.training.model_copy(update={"early_stopping": stopping})})
    rows = folds.plan.rows_of(1, Role.train)[: len(seen)]
    targets, roles = folds.table.targets.copy(), folds.plan.roles.copy()
    roles[1][roles[1] == Role.validation] = Role.unused
    roles[1][rows], targets[rows] = Role.validation, seen
    table, plan = replace(folds.table, targets=targets), replace(folds.plan, roles=roles)
    changed = replace(folds, table=table, plan=plan)

    logits = torch.tensor(np.random.default_rng(0).normal(size=(200, len(seen), folds.table.outputs)))
    given = torch.tensor(targets[rows]).expand(200, -1)
    given = given.double() if task == "regression" else given.long()
    values = live_metrics(
        logits, truth(given, torch.ones(given.shape), task, folds.table.outputs), task, live_metrics_of(task)
    )
    if values[monitor].isfinite().all():
        check_monitored_rows(study, changed)
    else:
        with pytest.raises(
            StudyError, match=f"rows of fold 1 .+, which leaves {monitor} undefined; set it to loss, or "
        ):
            check_monitored_rows(study, changed)
