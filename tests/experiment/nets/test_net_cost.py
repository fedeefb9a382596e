from experiment.nets.net_cost import UNKNOWN, NetCost, measured_cost
from experiment.record.log import kept_in


def test_what_a_framework_counts_is_known():
    assert measured_cost(lambda: NetCost(3, 2, 1, 9)) == (3, 2, 1, 9)


def test_a_net_that_cannot_be_looked_at_is_a_line_in_the_log_and_costs_nothing(tmp_path):
    with kept_in(tmp_path / "log.txt"):
        assert measured_cost(lambda: NetCost([][0])) == UNKNOWN
    assert "cost: not known, the net cannot be traced (list index out of range)" in (tmp_path / "log.txt").read_text()
