"""What a net is handed: how many numbers and codes, and which nets are handed codes at all."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
from mixed import mixed, mixed_table

from configs.errors import StudyError
from configs.loading.loading import load_study
from configs.seats.nets import takes_codes
from configs.sections.folds import Folds
from configs.sections.inputs import Inputs
from datamodules.folds.plan import Role, plan_folds
from datamodules.inputs.applying import apply, onehot
from datamodules.inputs.encoding import CODE
from datamodules.inputs.net_inputs import NetInputs, embedding_width, embeds
from datamodules.inputs.statistics import fit_statistics
from datamodules.schema import Column


def test_the_inputs_of_a_net_are_an_integer_that_tells_numbers_and_levels():
    inputs = deepcopy(NetInputs(3, (12, 40)))
    assert (inputs, inputs.numbers, inputs.levels) == (5, 3, (12, 40))
    assert (NetInputs.of(7).numbers, NetInputs.of(7).levels, NetInputs.of(inputs)) == (7, (), inputs)
    assert [embedding_width(levels) for levels in (2, 10, 100, 10**6)] == [2, 6, 21, 600]


def test_only_a_net_that_says_so_is_handed_codes():
    assert takes_codes("mlp")
    assert not takes_codes("no_such_net")
    assert embeds(load_study(None, []))
    assert not embeds(load_study(None, ["training.precision=bf16"]))
    with pytest.raises(StudyError, match=r"inputs\.categories: is embedding, but training\.precision bf16"):
        embeds(load_study(None, ["training.precision=bf16", "inputs.categories=embedding"]))


@pytest.mark.parametrize(
    ("categories", "takes", "codes"),
    [("auto", True, [12]), ("auto", False, []), ("onehot", True, []), ("embedding", True, [11, 12])],
)
def test_more_than_nine_levels_are_a_code_if_the_net_takes_codes(make_table, categories, takes, codes):
    generator = np.random.default_rng(0)
    features = np.column_stack([generator.integers(0, 9, 60), generator.integers(0, 10, 60)]).astype(np.float32)
    schema = tuple(
        Column(name, name, "categorical", tuple(f"{name}{level}" for level in range(count)))
        for name, count in (("few", 9), ("many", 10))
    )
    table = make_table(np.arange(60) % 2, features=features, columns=("few", "many"), schema=schema)
    plan = plan_folds(table, Folds(splits=3), 0)
    width = fit_statistics(table, plan, Inputs(categories=categories), takes).width
    assert list(width.levels) == codes
    assert width.numbers == {0: 21, 1: 10, 2: 0}[len(codes)]


def test_codes_stand_last_and_one_of_which_nothing_was_learned_is_no_level():
    _, folds = mixed("inputs.categories=embedding")
    encoding, features = folds.statistics.encoding, folds.table.features.copy()
    coded = np.flatnonzero(encoding.level == CODE)
    np.testing.assert_array_equal(coded, [*range(len(encoding.level))][-2:])
    for member in range(3):
        trained = folds.table.features[folds.plan.rows_of(member, Role.train), 6]
        features[:9, 6] = np.arange(9)
        codes = apply(features[:9], folds.statistics, member)[:, coded[1]]
        np.testing.assert_array_equal(codes, [level if level in trained else -1 for level in range(9)])


def test_a_code_is_selected_by_its_levels():
    table = mixed_table(0, rows=200)
    table = replace(table, targets=(np.nan_to_num(table.features[:, 6]) % 2).astype(np.int32))
    statistics = fit_statistics(
        table, plan_folds(table, Folds(splits=3), 0), Inputs(select=1, categories="embedding"), True
    )
    assert (statistics.keep == (statistics.encoding.source == 6)).all()


def test_a_learner_that_takes_numbers_alone_is_given_a_column_for_each_level():
    (_, coded), (_, plain) = mixed("inputs.categories=embedding"), mixed("inputs.categories=onehot")
    features = coded.table.features
    for member in range(3):
        own = onehot(apply(features, coded.statistics, member), coded.statistics.encoding)
        theirs = apply(features, plain.statistics, member)
        np.testing.assert_allclose(
            sorted(own.T[own.any(axis=0)].tolist()), sorted(theirs.T[theirs.any(axis=0)].tolist())
        )
    np.testing.assert_array_equal(onehot(theirs, plain.statistics.encoding), theirs)
