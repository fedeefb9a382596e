"""Fitting of one member's statistics, by scikit-learn on its training rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from configs.sections.inputs import Inputs
from datamodules.inputs.encoding import CODE, Encoding, inputs_of, recoded
from datamodules.inputs.levels import fit_levels
from datamodules.inputs.scaling import fit_numbers
from datamodules.inputs.selecting import best_sources, f_scores
from datamodules.inputs.targets import fit_target, statistics_of
from datamodules.table import Table

Floats = NDArray[np.float64]
SWITCHED = dict.fromkeys(("offset", "fill", "center", "keep"), 0.0) | {"scale": 1.0, "bound": np.inf}
"""Statistics of an input that is 0 or 1; it is kept if a training row switches it on."""


def fit_member(
    table: Table, encoding: Encoding, slots: NDArray[np.int64], rows: NDArray[np.int64], inputs: Inputs, count: int
) -> dict[str, Floats]:
    """The statistics of one member by name, without the axis `members`, from its training `rows`."""
    recode = fit_levels(table.schema, encoding, slots[rows], inputs.min_category)
    columns = recoded(table.features[rows], encoding, recode)
    arrays = {name: np.full(len(encoding.source), value) for name, value in SWITCHED.items()}
    scores, quantiles = np.zeros(len(encoding.source)), np.empty(0)
    for chosen in encoding.blocks:
        block = inputs_of(columns, encoding, chosen)
        if np.isnan(encoding.level[chosen[0]]):
            counted = np.array([table.schema[place].counts_days for place in encoding.source[chosen]])
            scaled = fit_numbers(block, inputs, count, counted)
            block, quantiles = scaled.numbers, scaled.quantiles.ravel()
            for name in SWITCHED:
                arrays[name][chosen] = getattr(scaled, name)
        elif encoding.level[chosen[0]] == CODE:
            arrays["keep"][chosen] = 1.0
            block = block == np.unique(block)  # a level each
        else:
            arrays["keep"][chosen] = block.any(axis=0)
        if inputs.select != "none":
            found = f_scores(block, table.targets[rows], table.task)
            scores[chosen] = found if len(found) == len(chosen) else found.max()
    if inputs.select != "none":
        arrays["keep"] *= best_sources(scores, _sources(table, encoding), inputs.select)
    is_value = table.task == "regression"
    targets = fit_target(table.targets[rows], inputs.target, count) if is_value else statistics_of()
    return arrays | targets | {"recode": recode, "quantiles": quantiles}


def _sources(table: Table, encoding: Encoding) -> NDArray[np.int64]:
    """Number of the source column of each input, `(inputs,)`: the parts of a date have one source."""
    numbers = {source: number for number, source in enumerate(dict.fromkeys(one.source for one in table.schema))}
    return np.array([numbers[table.schema[place].source] for place in encoding.source], np.int64)
