"""Every kind of column, per fold, against pipelines of scikit-learn."""

import numpy as np
import pytest
from mixed import mixed_table
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, RobustScaler, StandardScaler

from configs.schema import Folds, Inputs
from datamodules.folds.plan import Role, plan_folds
from datamodules.inputs.applying import apply
from datamodules.inputs.encoding import MISSING
from datamodules.inputs.statistics import fit_statistics

SCALERS = {"standard": StandardScaler, "minmax": MinMaxScaler, "robust": RobustScaler, "none": None}
STRATEGY = {"auto": "median", "median": "median", "mean": "mean", "constant": "constant"}


def pipeline(table, inputs):
    """What a user of scikit-learn writes for such a table; missing words are a level of their own."""
    fill = SimpleImputer(strategy=STRATEGY[inputs.impute])
    numbers = [place for place, column in enumerate(table.schema) if column.kind != "categorical" or column.ordered]
    steps = [("number", fill if inputs.scale == "none" else make_pipeline(fill, SCALERS[inputs.scale]()), numbers)]
    for place in sorted({*range(table.num_columns)}.difference(numbers)):
        levels = [*range(len(table.schema[place].levels)), len(table.schema[place].levels) + 1]
        encoder = OneHotEncoder(
            categories=[levels],
            min_frequency=inputs.min_category,
            handle_unknown="infrequent_if_exist",
            sparse_output=False,
        )
        missing = SimpleImputer(strategy="constant", fill_value=levels[-1])
        steps.append((f"{place}", make_pipeline(missing, encoder), [place]))
    return ColumnTransformer(steps).fit, numbers


def expected(table, inputs, rows):
    """Our inputs by `(column, level)`, level NaN for a number, as the pipeline fitted on `rows` makes them."""
    features = table.features.astype(np.float64)
    fit, numbers = pipeline(table, inputs)
    fitted = fit(features[rows])
    encoded, found = fitted.transform(features), {}
    for place, column in enumerate(numbers):
        found[column, "number"] = encoded[:, place]
    for name, values in zip(fitted.get_feature_names_out()[len(numbers) :], encoded[:, len(numbers) :].T, strict=True):
        column, _, level = name.partition("__x")
        level = level.partition("_")[2]
        known = len(table.schema[int(column)].levels)
        found[int(column), known if level.startswith("infrequent") else float(level)] = values
    return found


@pytest.mark.parametrize("impute", STRATEGY)
@pytest.mark.parametrize("scale", SCALERS)
@pytest.mark.parametrize("fewest", [1, 4])
def test_inputs_of_every_fold_equal_a_column_transformer_fitted_on_its_training_rows(impute, scale, fewest):
    inputs = Inputs(impute=impute, scale=scale, min_category=fewest)
    for seed in range(2):
        table = mixed_table(seed)
        plan = plan_folds(table, Folds(splits=4), seed)
        statistics = fit_statistics(table, plan, inputs)
        encoding = statistics.encoding
        for member in range(4):
            rows = plan.rows_of(member, Role.train)
            own, theirs = apply(table.features, statistics, member), expected(table, inputs, rows)
            for place, (column, level) in enumerate(zip(encoding.source, encoding.level, strict=True)):
                if level == MISSING:
                    wanted = np.isnan(table.features[:, column])
                else:
                    wanted = theirs.pop((column, "number" if np.isnan(level) else level), 0.0 * own[:, place])
                learned = np.isnan(level) or np.any(wanted[rows])
                np.testing.assert_allclose(own[:, place], wanted * learned, rtol=1e-6, atol=1e-6)
                assert learned == (statistics.keep[member, place] > 0)
            assert not theirs
