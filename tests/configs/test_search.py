"""The search block of a study: what may be searched, between which bounds, and what a wrong one is answered with."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from configs.errors import StudyError
from configs.loading.loading import dump_study, load_study
from configs.loading.yaml_data import parse
from configs.search.space import active, dimensions, study_at, value_at, written_values

DROPOUT = "model.dropout: {low: 0, high: 0.5}"


def search(space: str = f"{{{DROPOUT}}}", **more) -> str:
    return "search={space: " + space + "".join(f", {key}: {value}" for key, value in more.items()) + "}"


@pytest.mark.parametrize(
    ("space", "problem"),
    [
        ("{}", "search.space: must name one key at least, like {model.dropout: {low: 0, high: 0.5}}"),
        ("{model.dropout: {low: 0, high: 1.5}}", "search.space.model.dropout.high: must be < 1, received 1.5"),
        ("{model.dropout: {low: 0.5, high: 0.1}}", "search.space.model.dropout.high: must be above low, which is 0.5"),
        ("{model.dropout: {low: 0.5}}", "search.space.model.dropout: needs low and high, or choices"),
        ("{model.dropout: {low: 0, high: 0.5, choices: [0.1]}}", "search.space.model.dropout: has choices and a range"),
        ("{model.dropout: []}", "search.space.model.dropout.choices: must have one value at least"),
        ("{model.dropout: [0.1, 0.2, 0.1]}", "search.space.model.dropout.choices: has 0.1 twice; remove one"),
        ("{model.dropout: {lo: 0, high: 1}}", "search.space.model.dropout: unknown key 'lo'; did you mean 'low'?"),
        (
            "{optimizer.learning_rate: {low: 0, high: 1, log: true}}",
            "search.space.optimizer.learning_rate.log: must be false, because low is 0: only numbers > 0 have a",
        ),
        (
            "{training.batch_size: {low: 8, high: 64, step: 1, log: true}}",
            "search.space.training.batch_size.log: needs a step > 1, the ratio of two values; received step 1",
        ),
        ("{training.batch_size: {low: 8, high: 64.5}}", "batch_size.high: must be an integer, received 64.5"),
        ("{training.batch_size: {low: 8, high: 64, step: 0.5}}", "batch_size.step: must be an integer, as"),
        ("{model.dropout: {low: 0, high: 0.5, step: 1.0e-6}}", "model.dropout: has more than 10000 values"),
        ("{model.dropout: {low: 0, high: 0.5, step: 0.7}}", "has one value, low, because step 0.7 goes beyond high"),
        ("{model.activation: relu}", "model.activation: needs low and high, or choices: {low: 0, high: 0.5} or"),
        ("[model.dropout]", "space: must be keys with ranges or choices, like {model.dropout: {low: 0, high: 0.5}}"),
        (
            "{optimizer.name: [adam, sgd], optimizer.momentum: {low: 0, high: 0.5}}",
            "search.space.optimizer.momentum: is a key of some trials only; add to it: when: {optimizer.name: sgd}",
        ),
        (
            "{training.precision: {low: 32, high: 64}}",
            "training.precision: must be 32, 64, 'bf16' or 'tf32', received 33, which lies between low and high; list",
        ),
        (
            "{model.activation: [relu, seluu]}",
            "search.space.model.activation.choices[1]: must be one of identity, binary_step, logistic, tanh, arctan, "
            "relu, prelu, elu, softplus, gelu, silu, selu, or a list of them, one per hidden layer, received 'seluu'; "
            "did you mean 'selu'?",
        ),
        ("{model.droput: [0, 0.1]}", "search.space.model.droput: unknown key 'droput'; did you mean 'dropout'?"),
        ("{dropout: [0, 0.1]}", "search.space.dropout: unknown key 'dropout'; did you mean 'model.dropout'?"),
        ("{seed: [1, 2]}", "search.space.seed: 'seed' cannot be searched: a seed that wins is luck"),
        (
            "{data.source: [iris, wine]}",
            "'data' cannot be searched: all trials are compared on the same rows and folds",
        ),
        ("{training.engine: [eager, traced]}", "'training.engine' cannot be searched: it changes no result"),
        (
            "{model.dropout: {low: 0, high: 0.5, when: {optimizer.name: sgd}}}",
            "search.space.model.dropout.when.optimizer.name: 'optimizer.name' is not searched",
        ),
        (
            "{optimizer.name: [adam, lion], model.dropout: {low: 0, high: 0.5, when: {optimizer.name: sgd}}}",
            "when.optimizer.name: 'optimizer.name' is never 'sgd'; write one of its values",
        ),
        (
            "{optimizer.weight_decay: {low: 0, high: 1}, "
            "model.dropout: {choices: [0], when: {optimizer.weight_decay: 0}}}",
            "'optimizer.weight_decay' is a range of real numbers; a condition needs choices",
        ),
        (
            "{model.dropout: {choices: [0, 0.5], when: {training.batch_size: 8}}, "
            "training.batch_size: {choices: [8], when: {model.dropout: 0}}}",
            "search.space.model.dropout.when: 'model.dropout' is its own condition, by way of others",
        ),
        (
            "{model.hidden: [[8], [8, 8]], model.activation: [relu, [relu, tanh]]}",
            "has settings that are no valid study, like model.hidden=[8], model.activation=['relu', 'tanh']",
        ),
    ],
)
def test_a_wrong_space_is_answered_in_a_line(problems, space, problem):
    found = problems(search(space))
    assert len(found) == 1
    assert problem in found[0]


def test_every_problem_of_a_space_has_its_line_in_the_file(problems, tmp_path: Path):
    file = tmp_path / "study.yaml"
    file.write_text(
        "search:\n  space:\n    model.dropout: {low: 0, high: 1.5}\n    seed: [1, 2]\n"
        "    model.activation: [relu, no]\n    training.loss:\n      choices:\n      - focal\n      - fokal\n"
    )
    assert [line.partition(" ")[0] for line in problems(file=file)] == [f"{file}:4:"]  # names of keys come first
    file.write_text(file.read_text().replace("    seed: [1, 2]\n", ""))
    found = problems(file=file)
    assert [line.split(": ")[:2] for line in found] == [
        [f"{file}:3", "search.space.model.dropout.high"],
        [f"{file}:4", "search.space.model.activation.choices[1]"],
        [f"{file}:8", "search.space.training.loss.choices[1]"],
    ]


@pytest.mark.parametrize(
    ("overrides", "problem"),
    [
        ([search(objective="auroccc")], "search.objective: there is no metric 'auroccc'; did you mean 'auroc'?"),
        ([search(objective="r2"), "data.task=binary"], "objective: 'r2' is for regression, not for binary"),
        (
            [search(), "folds.validation_fraction=0", "training.early_stopping=null"],
            "has no rows to judge its trials by: set",
        ),
        ([search(oracle="hyperband", space="{training.max_epochs: [5, 10]}")], "hyperband chooses the epochs itself"),
        (
            [search(enqueue="[{model.droput: 0.1}]")],
            "search.enqueue[0].model.droput: 'model.droput' is not searched; did",
        ),
        ([search(enqueue="{model.dropout: 0.1}")], "must be a list of settings, like [{model.dropout: 0.2}]; rec"),
        ([search(enqueue="[{}, {model.dropout: 1}]")], "search.enqueue[1]: model.dropout=1: must be < 1, received 1"),
        (
            [
                search(
                    "{optimizer.name: [adam, sgd], optimizer.momentum: {choices: [0.5], when: {optimizer.name: sgd}}}",
                    enqueue="[{optimizer.momentum: 0.5}]",
                )
            ],
            "search.enqueue[0].optimizer.momentum: 'optimizer.momentum' is not searched here, by its 'when'",
        ),
    ],
)
def test_what_else_a_search_says_is_held_to_its_study(problems, overrides, problem):
    found = problems(*overrides)
    assert len(found) == 1
    assert problem in found[0]


def test_a_key_of_the_space_that_stands_beside_it_is_told_where_it_belongs(problems):
    *_, unknown = problems("search={model.dropout: {low: 0, high: 0.5}}")
    assert "unknown key 'model.dropout'; did you mean 'search.space.model.dropout'? (known: space," in unknown


def test_a_key_of_the_space_can_be_set_by_its_own_dots(problems):
    study = load_study(None, [search(), "search.space.model.dropout.high=0.3", "search.space.model.activation=[relu]"])
    assert study.search.space["model.dropout"].high == 0.3
    assert study.search.space["model.activation"].choices == ("relu",)
    assert problems(search(), "search.space.model.dropout.high=3") == [
        "override search.space.model.dropout.high=3: must be < 1, received 3"
    ]


def test_a_search_reads_back_equal():
    space = "{model.hidden: [[], [8], [8, 8]], training.batch_size: {low: 8, high: 64, step: 2, log: true}}"
    study = load_study(None, [search(space, enqueue="[{model.hidden: [8]}]", minutes=2.5)])
    assert type(study).model_validate(parse(dump_study(study)).data) == study


@pytest.mark.parametrize(
    ("axis", "values"),
    [
        ("training.batch_size: {low: 8, high: 65, step: 2, log: true}", (8, 16, 32, 64)),
        ("training.batch_size: {low: 1, high: 8, step: 3}", (1, 4, 7)),
        ("training.batch_size: {low: 3, high: 5}", (3, 4, 5)),
        ("model.dropout: {low: 0, high: 0.5, step: 0.1}", (0, 0.1, 0.2, 0.3, 0.4, 0.5)),
        ("optimizer.learning_rate: {low: 0.001, high: 0.1, step: 10, log: true}", (0.001, 0.01, 0.1)),
        ("model.dropout: {low: 0, high: 0.5}", None),
    ],
)
def test_a_range_with_a_step_has_all_its_values_the_last_one_too(axis, values):
    (one,) = dimensions(load_study(None, [search(f"{{{axis}}}")]))
    assert (one.values if values is None else tuple(one.values)) == (
        values if values is None else pytest.approx(values)
    )
    assert {type(value) for value in one.values or ()} <= {int if "batch" in axis else float}


def test_another_file_brings_its_own_arguments_and_drops_those_of_the_former():
    study = load_study(None, ["optimizer={name: adam, beta1: 0.8}"])
    sgd = study_at(study, {"optimizer.name": "sgd", "optimizer.momentum": 0.5})
    assert (sgd.optimizer.name, sgd.optimizer.arguments) == ("sgd", {"momentum": 0.5, "nesterov": False})
    assert (
        study_at(study, {"training.loss": "focal", "training.loss.gamma": 3.0}).training.loss.arguments["gamma"] == 3.0
    )
    assert value_at(study, "training.loss.name") == "auto"
    with pytest.raises(StudyError, match=r"^override model\.dropout=2: must be < 1, received 2$"):
        study_at(study, {"model.dropout": 2})


def test_arguments_of_an_override_outlive_another_name_and_are_then_refused_in_a_line(problems):
    assert problems("training.loss={name: focal, gamma: 3.0}", "training.loss=cross_entropy") == [
        "override training.loss=cross_entropy: unknown key 'gamma', which belongs to loss 'focal' "
        "(known: name, label_smoothing)"
    ]


def test_a_value_as_written_is_one_of_the_space_in_its_words():
    study = load_study(None, [search("{training.loss: [focal, cross_entropy]}"), "training.loss=cross_entropy"])
    space = dimensions(study)
    assert isinstance(value_at(study, "training.loss"), dict)  # with its arguments
    assert written_values(study, space) == {"training.loss": "cross_entropy"}
    smoothed = study_at(study, {"training.loss.label_smoothing": 0.1})
    assert not space[0].contains(written_values(smoothed, space)["training.loss"])


def test_only_keys_whose_conditions_hold_are_in_a_setting():
    space = dimensions(
        load_study(
            None,
            [
                search(
                    "{model.dropout: {low: 0, high: 0.5, when: {optimizer.momentum: [0.5]}}, "
                    "optimizer.momentum: {choices: [0.5, 0.9], when: {optimizer.name: [sgd]}}, "
                    "optimizer.name: [adam, sgd]}"
                )
            ],
        )
    )
    assert [one.key for one in space] == ["optimizer.name", "optimizer.momentum", "model.dropout"]
    full = {"optimizer.name": "sgd", "optimizer.momentum": 0.5, "model.dropout": 0.1}
    assert active(space, full) == full
    assert active(space, full | {"optimizer.momentum": 0.9}) == {"optimizer.name": "sgd", "optimizer.momentum": 0.9}
    assert active(space, full | {"optimizer.name": "adam"}) == {"optimizer.name": "adam"}


FRACTIONS, COUNTS = st.floats(0, 1.2, allow_nan=False), st.integers(0, 200)
KEYS = {
    "model.dropout": FRACTIONS,
    "model.hidden": st.lists(COUNTS, max_size=2),
    "model.activation": st.sampled_from(["relu", "selu", "tanh", "no", ["relu"], ["relu", "tanh"]]),
    "optimizer.learning_rate": st.floats(-1, 1, allow_nan=False),
    "optimizer.weight_decay": FRACTIONS,
    "optimizer.schedule": st.sampled_from(["constant", "cosine", "linear", "nothing"]),
    "training.batch_size": COUNTS,
    "training.max_epochs": COUNTS,
    "training.early_stopping.patience": COUNTS,
    "training.precision": st.sampled_from([32, 64]),
    "training.loss": st.sampled_from(["cross_entropy", "focal", "squared"]),
    "inputs.select": st.one_of(COUNTS, st.just("none")),
}
RANGES = [key for key, values in KEYS.items() if values in (FRACTIONS, COUNTS)] + ["optimizer.learning_rate"]


@st.composite
def axes(draw):
    key = draw(st.sampled_from(sorted(KEYS)))
    if key not in RANGES or draw(st.booleans()):
        return key, {"choices": draw(st.lists(KEYS[key], min_size=1, max_size=3))}
    low, high = sorted([draw(KEYS[key]), draw(KEYS[key])])
    return key, {"low": low, "high": high, "log": draw(st.booleans())}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(axes(), min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_a_space_that_is_accepted_gives_only_valid_studies(space, random):
    text = f"search={ {'space': dict(space)} }".replace("True", "true").replace("False", "false")
    with suppress(StudyError):
        study = load_study(None, [text])
        event("accepted")
        for _ in range(3):
            drawn = {one.key: drawn_of(one, random) for one in dimensions(study)}
            try:
                sampled = study_at(study, drawn)
            except StudyError as error:
                raise AssertionError from error
            assert sampled.search is None
            space = dimensions(study)
            assert written_values(sampled, space) == drawn


def drawn_of(one, random):
    return random.choice(one.values) if one.values is not None else random.uniform(one.axis.low, one.axis.high)
