"""`optimizer.schedule`: formulas, warm-up, a member's own progress, and files that are refused."""

import math
from itertools import pairwise

import numpy as np
import pytest

from configs.loading.loading import load_study
from configs.seats import seat as seats
from configs.seats.schedules import SCHEDULES, Schedule
from experiment.rules.schedule import load_schedule, step_factors

STEPS = 200


def factors(schedule, steps=STEPS):
    """The factor of each of so many steps."""
    chosen = load_study(None, [f"optimizer.schedule={schedule}"]).optimizer.schedule
    return load_schedule(chosen)(np.arange(steps) / steps)


def test_coslog4_equals_its_formula():
    expected = [0.5 * (1 - math.cos(2 * math.pi * math.log2(1 + 15 * step / STEPS))) for step in range(STEPS)]
    np.testing.assert_allclose(factors("coslog4"), expected, atol=1e-15)
    ends = load_schedule(Schedule(name="coslog4"))(np.array([0.0, 1 / 15, 3 / 15, 7 / 15, 1.0]))
    np.testing.assert_allclose(ends, 0.0, atol=1e-15)


def test_a_warm_up_rises_from_0_to_the_start_of_any_schedule_and_no_step_jumps():
    for name in SCHEDULES.known():
        if name == "coslog4":  # starts at 0 by itself
            continue
        plain, warm = factors(name), factors(f"{{name: {name}, warmup: 0.2}}")
        np.testing.assert_allclose(warm[:41], np.arange(41) / 40 * plain[0], atol=1e-15)
        assert warm[0] == 0.0
        if name != "step":
            assert max(abs(one - other) for one, other in pairwise(warm)) < 0.04


def test_progress_is_a_members_own():
    steps, epochs, linear = np.array([4, 2, 4]), np.array([5, 10, 5]), Schedule(name="linear")
    chosen = [linear, linear, Schedule(name="step")]
    together = step_factors(chosen, steps, epochs)
    assert together.kinds.tolist() == [0, 0, 1]  # both of the first have 20 steps
    np.testing.assert_allclose(together.after(np.array([[5, 3, 5], [6, 3, 6]])), [[0.75, 0.85, 1], [0.7, 0.85, 0.1]])
    for member in range(3):
        alone = step_factors([chosen[member]], steps[[member]], epochs[[member]])
        taken = np.arange(25)[:, None]  # a training that goes on beyond its last step keeps the last factor
        np.testing.assert_array_equal(alone.after(taken)[:, 0], together.after(np.repeat(taken, 3, 1))[:, member])


def test_where_all_rates_are_constant_there_is_nothing_to_compute():
    constant = Schedule()
    assert step_factors([constant, constant], np.array([4, 4]), np.array([5, 5])) is None
    assert step_factors([constant, Schedule(warmup=0.5)], np.array([4, 4]), np.array([1, 1])).factors.tolist() == [
        [1.0, 1.0, 1.0, 1.0],
        [0.0, 0.5, 1.0, 1.0],
    ]


SCHEDULE = """
import numpy as np
from configs.types import Positive

def factor(progress, *, power: Positive = 1.0):
    return {returned}
"""


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ("progress.sum()", "mine.py: gives () for a progress of (1001,); let `factor` return an array of the same"),
        ("1.0", "mine.py: gives float for a progress of (1001,)"),
        ("0.5 - progress", "mine.py: gives no finite factor >= 0 for the progress 0.501"),
        ("progress + np.nan", "mine.py: gives no finite factor >= 0 for the progress 0"),
        ("progress**power", "mine.py: starts at 0 by itself: set optimizer.schedule.warmup to 0, received 0.1"),
        ("progres", "mine.py:6: NameError: name 'progres' is not defined"),
    ],
)
def test_a_file_that_gives_no_factor_is_refused_with_its_line(tmp_path, monkeypatch, returned, said):
    folder = tmp_path / SCHEDULES.folder
    folder.mkdir(parents=True)
    (folder / "mine.py").write_text(SCHEDULE.format(returned=returned))
    monkeypatch.setattr(seats, "ROOT", tmp_path)
    monkeypatch.setattr("experiment.rules.schedules.__path__", [str(folder)])
    monkeypatch.delitem(__import__("sys").modules, "experiment.rules.schedules.mine", raising=False)
    schedule = Schedule.model_validate({"name": "mine", "warmup": 0.1})
    with pytest.raises(ValueError, match="mine") as refused:
        load_schedule(schedule)
    assert said in str(refused.value)
