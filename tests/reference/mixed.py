"""Small tables of every kind of column, for the tests of either framework."""

import numpy as np

from configs.loading.loading import load_study
from configs.schema import Study
from datamodules.fold_data import FoldData
from datamodules.folds.plan import plan_folds
from datamodules.inputs.net_inputs import embeds
from datamodules.inputs.statistics import fit_statistics
from datamodules.schema import Column
from datamodules.table import Table

OPTIONS = [
    (),
    ("inputs.impute=mean", "inputs.scale=robust", "inputs.min_category=4"),
    ("inputs.impute=constant", "inputs.scale=minmax", "inputs.select=3"),
    ("inputs.impute=refuse", "inputs.scale=none"),
    ("inputs.scale=quantile",),
    ("inputs.impute=median", "inputs.scale=robust_clip"),
    ("inputs.categories=embedding", "inputs.min_category=3", "inputs.select=6"),
]
"""Settings of `inputs`, each of its options at least once."""


def mixed_table(seed: int, rows: int = 60, gaps: float = 0.1) -> Table:
    """Numbers, yes/no, a date, an order and two columns of words, one of them with rare levels; some values missing."""
    generator = np.random.default_rng(seed)
    size, zone = tuple("SML"), tuple(f"zone {number}" for number in range(8))
    schema = (
        Column("age", "age"),
        Column("sex", "sex", "categorical", ("f", "m")),
        Column("smokes", "smokes", "boolean"),
        Column("seen.year", "seen", "date"),
        Column("seen.days", "seen", "date"),
        Column("size", "size", "categorical", size, ordered=True),
        Column("zone", "zone", "categorical", zone),
        Column("dose", "dose"),
    )
    features = np.column_stack(
        [
            generator.normal(50, 9, rows),
            generator.integers(0, 2, rows),
            generator.integers(0, 2, rows),
            generator.integers(2001, 2010, rows),
            generator.integers(1, 9000, rows),
            generator.integers(0, 3, rows),
            np.minimum(generator.geometric(0.4, rows) - 1, 7),
            generator.lognormal(size=rows),
        ]
    ).astype(np.float32)
    lost = generator.random(features.shape) < gaps
    lost[:, 4] = lost[:, 3]
    lost[:, -1] = False
    features[lost] = np.nan
    targets = generator.integers(0, 2, rows).astype(np.int32)
    columns = tuple(column.name for column in schema)
    return Table("made", features, targets, columns, "y", "binary", ("no", "yes"), schema=schema)


def mixed(*overrides: str, seed: int = 0) -> tuple[Study, FoldData]:
    """A study of three folds and a net of eight hidden units, and the folds of such a table."""
    base = ["folds.splits=3", "model.hidden=[8]", "training.max_epochs=3", "output.tensorboard=false"]
    study = load_study(None, [*base, *overrides])
    table = mixed_table(seed, gaps=0.0 if study.inputs.impute == "refuse" else 0.1)
    plan = plan_folds(table, study.folds, study.seed)
    return study, FoldData(table, plan, fit_statistics(table, plan, study.inputs, embeds(study)))


def strange_rows(table: Table) -> np.ndarray:
    """Rows of a table, and more with levels that it does not have and values missing where it lacks none, float32."""
    unknown, missing = table.features[:20].copy(), np.full((1, table.num_columns), np.nan, np.float32)
    for place, column in enumerate(table.schema):
        unknown[::3, place] = len(column.levels) if column.kind == "categorical" else unknown[::3, place]
    return np.vstack([table.features[20:], unknown, missing])
