import pytest

from benchmarks.measures import kfold
from benchmarks.measures.kfold import Target
from benchmarks.spread import ratios, spread


def runs(seconds: list[float], area: float = 0.99) -> list[dict]:
    return [{"seconds": one, "folds": [2 * i, 2 * i + 1], "auroc": [area, area]} for i, one in enumerate(seconds)]


@pytest.fixture
def values() -> dict:
    whole = [{"seconds": one, "folds": list(range(10)), "auroc": [0.99] * 10} for one in (1.0, 2.0, 1.0)]
    one = [{"seconds": 0.5, "folds": [i], "auroc": [0.99]} for i in range(3)]
    cases = {"lightning": whole, "tensorflow": whole, "lightning_1": one, "tensorflow_1": one}
    peers = {name: runs([30.0, 40.0, 18.0], 0.985) for name in kfold.PEERS}
    return {"cases": cases | peers, "settings": {}}


def test_a_ratio_is_that_of_runs_next_to_each_other():
    assert ratios([30.0, 40.0, 18.0], [1.0, 2.0, 1.0]) == (20.0, 18.0, 30.0)


def test_a_spread_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one value"):
        spread([])


@pytest.mark.parametrize(("target", "verdicts"), [
    (Target("a", "b", low=20), ("below", "ok", "ok")),
    (Target("a", "b", high=3), ("ok", "above", "above")),
    (Target("a", "b", low=10, high=20), ("below", "ok", "above")),
])  # fmt: skip
def test_a_ratio_is_held_to_its_target(target, verdicts):
    assert tuple(target.verdict(ratio) for ratio in (2.0, 20.0, 30.0)) == verdicts


def test_the_table_has_every_peer_with_its_ratio_and_verdict(values):
    header, *rows = kfold.table(values)
    assert {len(row) for row in rows} == {len(header)}
    found = {row[0]: row for row in rows}
    loader = found["Lightning Trainer, DataLoader"]
    assert loader[1:5] == ["30.00 (18.00 to 40.00)", "20.0 (18.0 to 30.0)", "at least 20x", "ok"]
    assert loader[5].startswith("0.9850 (-0.0050 +- 0.0000)")
    assert found["Keras fit, best steps_per_execution"][4] == "below"
    assert found["Lightning path / 1 fold"][2] == "2.0 (2.0 to 4.0)"
