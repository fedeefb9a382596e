import subprocess
import sys
from copy import deepcopy

import numpy as np
import pytest
import torch
from fold_networks import ROUNDING, RUNS, finished, saved, slopes
from infinite_rows import assert_infinite_rows, assert_no_class_of_infinite_rows

from configs.errors import StudyError
from experiment.nets.fold_network import fold_network as of_any_framework
from experiment.run.exit_codes import RunError
from lightning_mods.fit import fit
from lightning_mods.fold_network import FoldNetwork, fold_network
from lightning_mods.layers import ACTIVATIONS, activation


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The trained part of a run of `RUNS`, by name."""
    root, made = tmp_path_factory.mktemp("runs"), {}

    def find(name="binary"):
        if name not in made:
            made[name] = finished(root, "lightning", fit, name)
        return made[name]

    return find


def of(run, name, fold=1, **settings):
    """The network of a fold, and raw rows that it was scored on."""
    rows, _ = saved(run(name), name, fold)
    return fold_network(run(name).root, fold, **settings), torch.as_tensor(rows)


@pytest.mark.parametrize("name", RUNS)
def test_the_network_of_a_fold_gives_what_the_run_has_saved_of_it(run, name):
    for fold in (0, 2):
        network, rows = of(run, name, fold)
        _, expected = saved(run(name), name, fold)
        np.testing.assert_allclose(network(rows).detach(), expected, **ROUNDING[name])


@pytest.mark.parametrize("name", ["binary", "multiclass"])
def test_probabilities_are_those_that_the_run_has_saved(run, name):
    network, rows = of(run, name, probabilities=True)
    _, expected = saved(run(name), name, 1, "probability")
    np.testing.assert_allclose(network(rows).detach(), expected, rtol=1e-4, atol=1e-7)


LOADED = """
import sys, torch
folder = sys.argv[1]
rows = torch.load(f"{folder}/rows.pt")
exported = torch.export.load(f"{folder}/network.pt2").module()(rows)
assert not {"lightning_mods", "experiment", "tensorflow"} & {name.partition(".")[0] for name in sys.modules}
whole = torch.load(f"{folder}/network.pt", weights_only=False)
torch.save((exported, whole(rows).detach()), f"{folder}/outputs.pt")
assert "tensorflow" not in sys.modules
"""


@pytest.mark.slow
def test_a_saved_network_gives_the_same_in_a_new_process(run, tmp_path):
    network, rows = of(run, "binary")
    torch.save(rows, tmp_path / "rows.pt")
    torch.save(network, tmp_path / "network.pt")
    exported = torch.export.export(network, (rows[:4],), dynamic_shapes=({0: torch.export.Dim("rows")},))
    torch.export.save(exported, tmp_path / "network.pt2")
    subprocess.run([sys.executable, "-c", LOADED, str(tmp_path)], check=True)
    for outputs in torch.load(tmp_path / "outputs.pt"):
        torch.testing.assert_close(
            outputs.expand(2, *rows.shape[:1], 1)[1], network(rows).detach(), rtol=1e-6, atol=1e-6
        )


def test_its_state_has_the_preprocessing_and_fits_a_network_of_another_fold(run):
    one, rows = of(run, "multiclass", 0)
    other, _ = of(run, "multiclass", 1)
    assert not torch.allclose(one(rows), other(rows))
    other.load_state_dict(one.state_dict())
    assert torch.equal(one(rows), other(rows))


def test_its_gradient_at_raw_rows_is_the_slope_of_what_it_gives(run):
    network, rows = of(run, "regression")
    rows = rows[:5].double().requires_grad_()
    (gradient,) = torch.autograd.grad(network(rows)[:, 0].sum(), rows)
    expected = slopes(lambda moved: network(torch.as_tensor(moved)).detach().numpy(), rows.detach().numpy(), 10)
    np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-6)


def test_an_ordinary_step_trains_its_net_with_ordinary_dropout_and_nothing_else(run):
    network, rows = of(run, "binary")
    before = deepcopy(network.state_dict())
    assert torch.equal(network(rows), network(rows))
    network.train()
    assert not torch.equal(network(rows), network(rows))
    loss = torch.nn.functional.binary_cross_entropy_with_logits(network(rows)[:, 0], torch.ones(len(rows)))
    loss.backward()
    torch.optim.SGD(network.parameters(), 0.1).step()
    after = network.state_dict()
    changed = {name for name in after if not np.array_equal(after[name], before[name], equal_nan=True)}
    assert changed == {name for name, _ in network.named_parameters()} == {n for n in before if n.startswith("net.")}


def test_a_net_of_every_activation_can_be_saved_whole(tmp_path):
    for name in [*ACTIVATIONS, "prelu"]:
        torch.save(activation(name, 4), tmp_path / "layer.pt")
        torch.load(tmp_path / "layer.pt", weights_only=False)


def test_it_is_found_by_the_run_and_by_the_part_of_its_framework(run):
    whole, part = run("binary").root.parent, run("binary").root
    for found in (of_any_framework(whole, 1), of_any_framework(str(part), 1), fold_network(whole, 1)):
        assert isinstance(found, FoldNetwork)
        assert not found.training
        assert torch.equal(found.net.output.weight, fold_network(part, 1).net.output.weight)


def test_a_fold_that_is_not_there_and_another_frameworks_run_are_told_in_a_line(run, tmp_path):
    part = run("binary").root
    with pytest.raises(StudyError, match=r"^breast_cancer: fold 3 is not in this run; its folds are 0, 1, 2$"):
        fold_network(part, 3)
    with pytest.raises(RunError, match=r"the study does not train tensorflow; give .*/lightning$"):
        of_any_framework(part.parent / "tensorflow", 1)
    with pytest.raises(RunError, match="is not a run directory"):
        fold_network(tmp_path, 1)


def test_infinite_values_given_as_arrays_are_missing_or_answered_by_nan_and_never_by_a_number():
    assert_infinite_rows("lightning_mods")
    assert_no_class_of_infinite_rows("lightning_mods")
