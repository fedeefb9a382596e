from benchmarks.formulas import Step

# By hand, for 2-3-1, two members, four rows: P = 6 + 3 = 9 weights, 4 biases, so n = 13. A row: 2 x 9 forward; backward
# 2 x 9 for the weights and 2 x 3 for the input of the second layer: 42. Activations: 2 + 3 + 1 = 6 numbers a row.
TINY = Step((2, 3, 1), members=2, batch=4)


def test_arithmetic_and_bytes_are_those_of_a_network_worked_by_hand():
    assert (TINY.kernels, TINY.parameters, TINY.flops_per_row) == (9, 13, 42)
    assert TINY.flops == 2 * 4 * 42
    assert TINY.bytes == 2 * (28 * 13 + 4 * 4 * 6 * 4)


def test_a_step_of_two_layers_needs_seven_launches():
    assert TINY.launches == 2 + 3 + 2


def test_the_arithmetic_of_the_default_net_is_the_known_one():
    assert Step((30, 64, 64, 1), members=10, batch=64).flops == 20_889_600
    assert Step((64, 128, 128, 10), members=1, batch=1).flops_per_row == 138_752


def test_the_floor_is_the_slower_of_arithmetic_and_bytes_and_then_the_launches():
    assert TINY.floor_seconds(flops=336.0, bandwidth=1e12, call_seconds=0.0) == 1.0
    assert TINY.floor_seconds(flops=1e12, bandwidth=TINY.bytes / 3, call_seconds=0.0) == 3.0
    assert TINY.floor_seconds(flops=336.0, bandwidth=1e12, call_seconds=0.5) == 1.0 + 7 * 0.5
