"""Two runs over the same folds, against scikit-learn's published example, baycomp and scipy."""

import numpy as np
import pytest
from scipy import integrate, stats
from sklearn.datasets import make_moons
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
from sklearn.svm import SVC

from evaluation.comparing.holm import holm
from evaluation.comparing.paired import corrected_t_test, correlated_posterior
from evaluation.intervals.nadeau_bengio import fold_summary

DIFFERENCES = [-0.01, -0.02, 0.01, -0.04, -0.01, -0.03, 0.01, -0.03, -0.02, 0.0]


@pytest.fixture(scope="module")
def moons() -> np.ndarray:
    """AUROC of an RBF less that of a linear SVM, ten times ten folds: the data of scikit-learn's own example.

    https://scikit-learn.org/1.9/auto_examples/model_selection/plot_grid_search_stats.html
    """
    features, targets = make_moons(noise=0.352, random_state=1, n_samples=100)
    folds = RepeatedStratifiedKFold(n_splits=10, n_repeats=10, random_state=0)
    rbf, linear = (
        cross_val_score(SVC(kernel=kernel, random_state=0), features, targets, scoring="roc_auc", cv=folds)
        for kernel in ("rbf", "linear")
    )
    return rbf - linear


def test_the_t_test_prints_what_scikit_learns_example_prints(moons):
    """Corrected t value 0.750, one-sided p 0.227; uncorrected 2.611 and 0.005."""
    found = corrected_t_test(moons, 10 / 90)
    assert f"{found.p / 2:.3f}" == "0.227"
    assert f"{stats.t.isf(found.p / 2, 99):.3f}" == "0.750"
    assert f"{corrected_t_test(moons, 0.0).p / 2:.3f}" == "0.005"


def test_the_posterior_has_the_probabilities_of_scikit_learns_example(moons):
    """77.3 % that RBF is better than linear, 43.2 % that they are practically equivalent within 0.01."""
    assert f"{correlated_posterior(moons, 10 / 90, 0.0).above:.3f}" == "0.773"
    assert f"{correlated_posterior(moons, 10 / 90, 0.01).within:.3f}" == "0.432"


@pytest.mark.parametrize(
    ("rope", "runs", "expected"),
    [
        (0.01, 1, (0.6882678167177174, 0.30483378366156366, 0.00689839962071892)),
        (0.02, 2, (0.2841608794856587, 0.7116148020925379, 0.004224318421803375)),
        (0.0, 1, (0.9455315273878834, 0.0, 0.054468472612116625)),
    ],
)
def test_the_posterior_is_that_of_baycomp(rope, runs, expected):
    """Printed by baycomp 1.0.3: `two_on_single(x, y, rope, runs)` with y - x = DIFFERENCES, whose rho is runs / 10."""
    rho = runs / len(DIFFERENCES)
    assert correlated_posterior(DIFFERENCES, rho / (1 - rho), rope) == pytest.approx(expected, abs=1e-12)


def test_the_probabilities_are_integrals_of_the_posteriors_density():
    """The density as Benavoli et al. give it, integrated by scipy."""
    rho, count = 0.2, len(DIFFERENCES)
    variance = (1 / count + rho / (1 - rho)) * np.var(DIFFERENCES, ddof=1)
    density = stats.t(count - 1, np.mean(DIFFERENCES), np.sqrt(variance)).pdf
    edges = [(-np.inf, -0.01), (-0.01, 0.01), (0.01, np.inf)]
    areas = [integrate.quad(density, *edge, epsabs=1e-12)[0] for edge in edges]
    assert correlated_posterior(DIFFERENCES, rho / (1 - rho), 0.01) == pytest.approx(areas, abs=1e-8)


def test_without_correction_it_is_the_paired_t_test_of_scipy():
    one = np.array(DIFFERENCES) + np.linspace(0.8, 0.9, 10)
    expected = stats.ttest_rel(one, np.linspace(0.8, 0.9, 10))
    found = corrected_t_test(DIFFERENCES, 0.0)
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval(0.95)))


def test_the_interval_of_a_difference_is_that_of_one_run_whose_values_are_the_differences():
    found = corrected_t_test(DIFFERENCES, 0.15)
    assert [found.low, found.high] == pytest.approx(fold_summary(DIFFERENCES, 0.15, "r2")["ci95"])


def test_swapping_the_runs_swaps_the_signs():
    here, there = (correlated_posterior(sign * np.array(DIFFERENCES), 0.1, 0.01) for sign in (1, -1))
    assert here == pytest.approx(there[::-1])
    one, other = (corrected_t_test(sign * np.array(DIFFERENCES), 0.1) for sign in (1, -1))
    assert (one.low, one.high, one.p) == pytest.approx((-other.high, -other.low, other.p))


@pytest.mark.parametrize(
    ("value", "p", "where"), [(0.0, 1.0, (0, 1, 0)), (0.01, 0.0, (0, 1, 0)), (-0.5, 0.0, (1, 0, 0))]
)
def test_differences_without_spread_are_certain(value, p, where):
    found = corrected_t_test([value] * 4, 0.1)
    assert tuple(found) == (value, value, value, p)
    assert tuple(correlated_posterior([value] * 4, 0.1, 0.01)) == where


def test_holm_gives_the_numbers_of_rs_p_adjust():
    """`p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm")` and the example of Holm's procedure with four tests."""
    assert holm([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_keeps_nan_and_does_not_count_it():
    assert holm([0.02, float("nan"), 0.5]) == pytest.approx([0.04, float("nan"), 0.5], nan_ok=True)
    assert holm([]) == []


def test_holm_rejects_what_the_step_down_procedure_rejects():
    rng = np.random.default_rng(3)
    for _ in range(50):
        p = np.sort(rng.uniform(size=6) ** 3)
        below = p <= 0.05 / np.arange(6, 0, -1)
        stop = 6 if below.all() else int(np.argmin(below))
        assert [value <= 0.05 for value in holm(p.tolist())] == [index < stop for index in range(6)]
