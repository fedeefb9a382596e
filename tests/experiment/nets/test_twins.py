import numpy as np
import pytest
from small import small

from configs.errors import StudyError
from experiment.nets.layout import Layout
from experiment.nets.net_check import NetCheck, sampled_update
from experiment.nets.twins import check_parameters, keep_net_check, net_checks, read_net_check
from experiment.run.run_directory import RunDirectory

LAYOUT = Layout(("output.kernel", "output.bias"), ((8, 1), (1,)))
ANSWERS = np.random.default_rng(0).normal(size=(2, 2, 8, 1)).astype(np.float32)
OURS = NetCheck(LAYOUT, ANSWERS)


@pytest.mark.both_rooms
def test_what_was_tried_comes_back_from_its_file(tmp_path):
    run, (study, _) = RunDirectory(tmp_path), small("framework=both")
    assert net_checks(run, study) == {}
    keep_net_check(OURS, run.framework("tensorflow").net_check)
    (back,) = net_checks(run, study).values()
    assert (back.layout, back.update) == (LAYOUT, None)
    np.testing.assert_array_equal(back.answers, ANSWERS)
    flat = np.random.default_rng(1).normal(size=(2, 9))
    keep_net_check(
        NetCheck(LAYOUT, ANSWERS, sampled_update(LAYOUT, flat[:, 0], flat, 2 * flat)), path := run.root / "more"
    )
    update = read_net_check(path).update
    np.testing.assert_array_equal(update.losses, flat[:, 0])
    np.testing.assert_array_equal(update.gradients["output.kernel"], flat[:, :8])
    np.testing.assert_array_equal(update.moves["output.bias"], 2 * flat[:, 8:])
    run.framework("tensorflow").net_check.write_bytes(b"half")
    with pytest.raises(StudyError, match=r"trial\.safetensors: is damaged .+; remove it"):
        read_net_check(run.framework("tensorflow").net_check)


def twins(layout, answers=ANSWERS):
    return {"lightning": OURS, "tensorflow": NetCheck(layout, answers)}


def test_twins_with_the_same_parameters_are_twins_in_whatever_order():
    check_parameters(twins(Layout(LAYOUT.names[::-1], LAYOUT.shapes[::-1])), "mine")
    check_parameters({"lightning": OURS}, "mine")


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
def test_twins_with_other_parameters_are_refused_by_name_and_shape(layout, shown):
    with pytest.raises(StudyError) as refused:
        check_parameters(twins(layout), "mlp")
    assert str(refused.value).startswith(f"the twins of net 'mlp' have different parameters: {shown} give Keras")
