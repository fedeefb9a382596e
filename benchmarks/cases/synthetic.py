"""Tables of any size, in memory, from a seed."""

import numpy as np

from configs.schema import Study
from datamodules.fold_data import FoldData
from datamodules.folds.plan import plan_folds
from datamodules.inputs.statistics import fit_statistics
from datamodules.table import Table


def synthetic_table(rows: int, columns: int, seed: int = 0) -> Table:
    """Normal float32 features; the class is drawn with log odds that are twice the mean of the first four columns."""
    generator = np.random.default_rng(seed)
    features = generator.standard_normal((rows, columns), dtype=np.float32)
    odds = 2.0 * features[:, :4].mean(axis=1)
    targets = (generator.random(rows) < 1.0 / (1.0 + np.exp(-odds))).astype(np.int32)
    names = tuple(f"column_{index}" for index in range(columns))
    return Table("synthetic", features, targets, names, "class", "binary", ("no", "yes"))


def synthetic_folds(study: Study, table: Table) -> FoldData:
    """`fold_data` of a table that is in memory."""
    plan = plan_folds(table, study.folds, study.seed, study.seeds)
    return FoldData(table, plan, fit_statistics(table, plan, study.inputs))
