"""Each case in its own process, a few epochs, two folds: what it reaches, not how long it takes."""

import numpy as np
import pytest

from benchmarks.child import run_case
from benchmarks.peers import FOLDS, PEERS, Peer, chosen_settings

EPOCHS = "training.max_epochs=6"


def areas(case: str, *options: str, framework: str = "lightning") -> np.ndarray:
    return np.array(run_case(case, EPOCHS, *options, "--folds", 0, 1, framework=framework)["auroc"])


@pytest.fixture(scope="module")
def ours() -> np.ndarray:
    return areas("ours", "--framework", "lightning")


@pytest.mark.slow
@pytest.mark.parametrize("name", PEERS)
def test_a_peer_reaches_the_auroc_of_the_stack_within_noise(name, ours):
    peer = PEERS[name]
    np.testing.assert_allclose(
        areas(f"peers.{peer.case}", *peer.settings[0], framework=peer.framework), ours, atol=0.02
    )


@pytest.mark.slow
def test_both_paths_reach_the_same_auroc(ours):
    np.testing.assert_allclose(areas("ours", "--framework", "tensorflow", framework="tensorflow"), ours, atol=1e-3)


@pytest.mark.slow
def test_without_dropout_the_plain_loop_walks_the_path_of_the_stack():
    # Same weights, same batches, same Adam: what is left is rounding, which can at most swap two neighbouring scores.
    exact = "model.dropout=0.0"
    stack = areas("ours", exact, "--framework", "lightning")
    np.testing.assert_allclose(areas("peers.torch_loop", exact), stack, atol=3e-3)


def test_five_repetitions_of_a_peer_cover_all_folds_and_count_for_ten(monkeypatch):
    asked = []

    def run(self, overrides, settings, folds):
        asked.extend(folds)
        return {"seconds": 3.0, "auroc": [1.0, 1.0]}

    monkeypatch.setattr(Peer, "run", run)
    measured = [PEERS["torch_loop"].measure([], (), repetition) for repetition in range(5)]
    assert sorted(asked) == list(range(FOLDS))
    assert {values["seconds"] for values in measured} == {15.0}


def test_a_peer_takes_its_fastest_settings(monkeypatch):
    seconds = {"1": 2.0, "4": 1.0, "16": 1.5}
    monkeypatch.setattr(Peer, "run", lambda self, overrides, settings, folds: {"seconds": seconds[settings[1]]})
    assert PEERS["keras_fit"].fastest([]) == ("--steps-per-execution", "4")


def test_the_peers_of_torch_share_a_probe(monkeypatch):
    probed = []
    monkeypatch.setattr(Peer, "fastest", lambda self, overrides: probed.append(self.case) or self.settings[-1])
    settings = chosen_settings([])
    assert probed == ["torch_loop", "sklearn_mlp", "keras_fit"]
    assert settings["trainer_loader"] == settings["torch_loop"] == ("--threads", "2")


def test_a_case_that_fails_says_why():
    with pytest.raises(RuntimeError, match="ended with"):
        run_case("peers.sklearn_mlp", "model.nonsense=1")
