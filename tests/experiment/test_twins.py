import numpy as np
import pytest
from safetensors.numpy import save_file
from small import small

from configs.errors import StudyError
from experiment.fitting import fit_stacks
from experiment.layout import Layout
from experiment.run_directory import RunDirectory
from experiment.twins import twin_of

LAYOUT = Layout(("output.kernel", "output.bias"), ((8, 1), (1,)))


@pytest.fixture
def run(tmp_path):
    """Lightning has trained `LAYOUT` with two members, and an input layer of eight columns."""
    run = RunDirectory(tmp_path)
    arrays = {name: np.zeros((2, *shape)) for name, shape in zip(LAYOUT.names, LAYOUT.shapes, strict=True)}
    save_file(arrays | {"inputs.center": np.zeros((2, 8))}, run.framework("lightning").weights)
    return run


def test_twins_with_the_same_parameters_are_twins_in_whatever_order(run):
    study, _ = small()
    twin_of(study, run.framework("tensorflow")).compare(Layout(LAYOUT.names[::-1], LAYOUT.shapes[::-1]))


def test_the_first_framework_to_train_has_nothing_to_be_compared_with(run):
    study, _ = small()
    twin_of(study, run.framework("lightning")).compare(Layout(("first.kernel",), ((3, 1),)))


@pytest.mark.parametrize(
    ("layout", "shown"),
    [
        (Layout(("output.kernel", "output.bias"), ((9, 1), (1,))), "output.kernel (8, 1) | output.kernel (9, 1);"),
        (Layout(("first.kernel", "output.bias"), ((8, 1), (1,))), "output.kernel (8, 1) | first.kernel (8, 1);"),
        (Layout(("output.kernel",), ((8, 1),)), "output.bias (1,) | no more;"),
        (
            Layout((*LAYOUT.names, "a.bias", "b.bias", "c.bias", "d.bias"), (*LAYOUT.shapes, *[(1,)] * 4)),
            "no more | a.bias (1,), b.bias (1,), c.bias (1,), ...;",
        ),
    ],
    ids=["shape", "name", "missing", "many"],
)
def test_twins_with_other_parameters_are_refused_by_name_and_shape(run, layout, shown):
    study, _ = small()
    with pytest.raises(StudyError) as refused:
        twin_of(study, run.framework("tensorflow")).compare(layout)
    assert str(refused.value).startswith(f"the twins of net 'mlp' have different parameters: {shown} give Keras")


def test_what_is_on_the_left_is_lightning_whichever_trains_second(run):
    study, _ = small()
    run.framework("lightning").weights.rename(run.framework("tensorflow").weights)
    with pytest.raises(StudyError, match=r"first.kernel \(8, 1\) \| output.kernel \(8, 1\);"):
        twin_of(study, run.framework("lightning")).compare(Layout(("first.kernel", "output.bias"), LAYOUT.shapes))


def test_a_stack_is_compared_before_it_trains(run, pretend):
    class Other(pretend):
        def __call__(self, study, folds, session):
            session.check(Layout(("first.kernel",), ((8, 1),)))
            return super().__call__(study, folds, session)

    study, folds = small()
    framework = Other()
    with pytest.raises(StudyError, match="have different parameters"):
        fit_stacks(study, folds, run.framework("tensorflow"), framework)
    assert not framework.epochs


@pytest.mark.parametrize("spoil", [lambda path: path.write_bytes(b"spoilt"), lambda path: path.write_bytes(b"")])
def test_weights_of_the_twin_that_are_damaged_are_told(run, spoil):
    study, _ = small()
    spoil(weights := run.framework("lightning").weights)
    with pytest.raises(StudyError, match=f"{weights}: not a whole file of weights .+; train the study again"):
        twin_of(study, run.framework("tensorflow")).compare(LAYOUT)
