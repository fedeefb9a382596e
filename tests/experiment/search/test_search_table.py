"""What a search shows on a terminal of 80 columns, and without one."""

import io
import os
import pty
import subprocess
import sys

import numpy as np
import pytest
from rich.console import Console
from searches import trial
from searching import RATE, Listed, Searched

from configs.member import Member
from experiment.search.rounds import Setting
from experiment.search.table import SearchTable, describe_running

pytestmark = pytest.mark.needs("lightning")

MEMBERS = tuple(Member(0, 0, fold) for fold in range(3))

SHOW = """
import numpy as np
from searches import trial
from configs.member import Member
from experiment.record.progress import EpochBar
from experiment.record.epoch_record import EpochRecord
from experiment.search.rounds import Setting
from experiment.search.table import SearchTable
members = [Member(0, 0, fold) for fold in range(2)]
trials = {0: trial(0, (0.5, 0.25))}
with SearchTable("loss", members, trials) as table:
    table.expected = 2
    table.begin([Setting(1, {}, (0, 1), 1, {})])
    bar = EpochBar("lightning", 4, unit="model")
    bar.start()
    bar.update(EpochRecord(0, members, np.array([True] * 2), np.ones(2), {"loss": np.array([0.5, 0.5])}), 1)
    table.live and bar.progress.refresh()
    bar.stop()
    trials[1] = trial(1, (0.25, 0.125))
    table.end([Setting(1, {}, (0, 1), 1, {})])
"""


def shown(table: SearchTable, width: int = 80) -> list[str]:
    screen = io.StringIO()
    Console(file=screen, width=width).print(table.renderable())
    return screen.getvalue().splitlines()


def test_the_best_trials_come_first_with_mean_and_deviation_over_the_folds():
    trials = {
        0: trial(0, (0.3, 0.5, 0.4)),
        1: trial(1, (0.1, 0.3, 0.2), values={RATE: 0.01234, "model.hidden": [64, 32], "model.dropout": 0.25}),
        2: trial(2, (0.05, None, 0.1)),
        3: trial(3, (None,) * 3),
    }
    table = SearchTable("loss", MEMBERS, trials)
    table.expected = 8
    table.begin([Setting(number, {}, (0, 1, 2), 1, {}) for number in (4, 5, 7)])
    state, _, best, second, chosen, running = shown(table)
    assert state == "search: 4 of 8 trials, 1 failed, 0:00:00"
    assert " ".join(best.split()) == "1 0.2000 0.1000 learning_rate 0.01234, hidden [64, 32], dropout 0.25"
    assert second.split() == ["0", "0.4000", "0.1000", "as", "written"]
    mean, deviation = np.mean([0.05, 0.3, 0.1]), np.std([0.05, 0.3, 0.1], ddof=1)
    assert chosen.strip() == f"best of each fold: mean {mean:.4f}, sd {deviation:.4f}, of 2 trials"
    assert running.strip() == "running: trials 4-5, 7, 9 models"


def test_the_time_left_counts_the_trials_that_have_trained_here_and_the_epochs_of_those_in_training(monkeypatch):
    trials = {0: trial(0, (0.3, 0.5, 0.4))}
    table = SearchTable("loss", MEMBERS, trials)
    table.expected, table.started = 9, table.started - 60.0
    assert table.state() == "search: 1 of 9 trials, 0:01:00"
    table.begin([Setting(number, {}, (0, 1, 2), 1, {}) for number in (1, 2, 3, 4)])
    table.note(0.25)
    assert table.state() == "search: 1 of 9 trials, 0:01:00, about 0:07:00 left"
    trials |= {number: trial(number, (0.3, 0.5, 0.4)) for number in (1, 2, 3, 4)}
    table.end([Setting(number, {}, (0, 1, 2), 1, {}) for number in (1, 2, 3, 4)])
    assert table.state() == "search: 5 of 9 trials, 0:01:00, about 0:01:00 left"


def test_a_higher_objective_is_better_where_its_metric_says_so():
    table = SearchTable("auroc", MEMBERS, {0: trial(0, (0.7,) * 3), 1: trial(1, (0.9,) * 3)})
    assert [one.number for one, _, _ in table.leaders()] == [1, 0]
    assert "best of each fold: mean 0.9000" in "\n".join(shown(table))


@pytest.mark.parametrize("objective", ["loss", "median_absolute_error"])
def test_every_line_is_within_80_columns(objective):
    values = {f"model.argument_number_{index}": 0.123456789 * index for index in range(20)}
    trials = {number: trial(number, (123456.789,) * 3, values=values) for number in range(1000, 1020)}
    table = SearchTable(objective, MEMBERS, trials)
    table.begin([Setting(number, {}, (0, 1, 2), 1, {}) for number in range(2000, 2100, 2)])
    for width in (80, 48):
        lines = shown(table, width)
        assert max(map(len, lines)) <= width
        assert len(lines) == 1 + 1 + 5 + 1 + 1
        assert [line.split()[:3] for line in lines[2:7]] == [
            [f"{one}", "123457", "0.0000"] for one in range(1000, 1005)
        ]


def test_numbers_that_are_huge_or_tiny_are_powers_of_ten():
    table = SearchTable("loss", MEMBERS, {0: trial(0, (6.423e10,) * 3), 1: trial(1, (4e-7,) * 3)})
    assert [line.split()[:3] for line in shown(table)[2:4]] == [
        ["1", "4.000e-07", "0.0000"],
        ["0", "6.423e+10", "0.0000"],
    ]


def test_one_division_has_no_deviation():
    table = SearchTable("loss", MEMBERS[:1], {0: trial(0, (0.25,))})
    assert [line.split() for line in shown(table)[2:]] == [
        ["0", "0.2500", "as", "written"],
        ["best", "of", "each", "fold:", "mean", "0.2500,", "of", "1", "trial"],
    ]


def test_a_search_begins_with_an_empty_table():
    assert shown(SearchTable("loss", MEMBERS, {})) == ["search: 0 of 0 trials, 0:00:00"]


def test_running_trials_are_told_as_ranges():
    settings = [Setting(number, {}, (0,), 1, {}) for number in (3, 1, 2, 9)]
    assert describe_running(settings) == "running: trials 1-3, 9, 4 models"
    assert describe_running(settings[:1]) == "running: trial 3, 1 model"


def test_without_a_terminal_there_is_a_line_for_each_stack(tmp_path, capsys):
    Searched(tmp_path, "search.trials=4")(Listed([{RATE: 0.2}, {"model.hidden": [8]}, {RATE: 0.3}]))
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(",")[0] for line in lines] == [f"search: {done} of 4 trials" for done in (3, 4)]
    assert all("; best loss 0." in line for line in lines)


def test_on_a_terminal_the_bar_of_a_stack_is_below_the_table_and_leaves_no_lines():
    parent, child = pty.openpty()
    paths = os.pathsep.join([*sys.path])
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80", "PYTHONPATH": paths}
    with subprocess.Popen([sys.executable, "-c", SHOW], stderr=child, env=environment) as process:
        os.close(child)
        seen = b""
        while True:
            try:
                seen += os.read(parent, 4096)
            except OSError:
                break
    os.close(parent)
    assert process.returncode == 0
    text = seen.decode()
    assert "running: trial 1, 2 models" in text
    assert "search: 1 of 2 trials, 0:00:00, about 0:00:00 left" in text
    assert text.index("running: trial 1") < text.index("1 of 2 models done")
    last = text[text.rindex("search: ") :]
    assert last.startswith("search: 2 of 2 trials")
    assert "0.1875" in last
    assert "models done" not in last


def test_where_folds_search_by_themselves_the_line_tells_the_best_of_each_fold(tmp_path, capsys):
    oracles = [Listed([], [{RATE: rate}]) for rate in (0.1, 0.2, 0.3)]
    Searched(tmp_path, "search.oracle=bayesian", "search.trials=2")(*oracles)
    first, last = capsys.readouterr().err.splitlines()
    assert "; best loss 0." in first
    assert first.startswith("search: 1 of 4 trials")
    assert "; best of each fold: mean 0." in last
    assert last.endswith("of 3 trials")
