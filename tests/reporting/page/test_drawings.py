"""Figures as part of a page, and how its numbers are written."""

import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from reporting.board.pictures import picture
from reporting.canvas import BLUE, GREY, INK, VERMILION, fold_gid, legend_below, square
from reporting.page.drawings import inline_svg
from reporting.page.numbers import bound, brief, digits, full, listed, methods, percent

POINT = re.compile(r"(-?[\d.]+) (-?[\d.]+)")


def figure():
    made, axes = square("A title", "x", "y")
    axes.plot([0, 0.5, 1], [0, 0.9, 1], color=VERMILION, gid=fold_gid("fold_07", 2))
    axes.scatter(np.linspace(0, 1, 5), np.linspace(1, 0, 5), color=BLUE).set_gid(fold_gid("fold_08"))
    axes.text(0.5, 0.5, "odd", color=VERMILION)
    axes.text(0.5, 0.4, "aside", color=GREY)
    axes.text(0.5, 0.3, "said", color=INK)
    return made


def line(root, namespace=""):
    """Points of the orange line, `(points, 2)`."""
    group = next(one for one in root.iter() if "fold_07" in (one.get("data-fold") or one.get("id") or ""))
    return np.array(POINT.findall(group.find(f"{namespace}path").get("d")), float)


def test_a_line_is_where_matplotlib_draws_it_up_to_a_tenth_of_a_point():
    file = io.StringIO()
    plain = figure()
    plain.set_size_inches(4.7, 4.7)
    plain.axes[0].set_title("", loc="left")
    plain.savefig(file, format="svg", bbox_inches="tight", pad_inches=0.04)
    expected = line(ElementTree.fromstring(file.getvalue()), "{http://www.w3.org/2000/svg}")
    np.testing.assert_allclose(line(ElementTree.fromstring(inline_svg(figure(), "l", "a"))), expected, atol=0.1)
    assert len(expected) == 3


def test_the_figure_is_cropped_as_by_matplotlib_and_stays_as_it_was():
    drawn, plain = figure(), figure()
    for one in (drawn, plain):
        one.axes[0].plot([], [], label="a line with a long label")
        legend_below(one)
    plain.axes[0].set_title("", loc="left")
    before = picture(drawn)
    svg = ElementTree.fromstring(inline_svg(drawn, "l", "a"))
    assert picture(drawn) == before
    assert drawn.axes[0].get_title("left") == "A title"
    width, height = plain.get_size_inches()
    plain.set_size_inches(4.7, height - (width - 4.7))
    file = io.StringIO()
    plain.savefig(file, format="svg", bbox_inches="tight", pad_inches=0.04)
    sides = [list(map(float, root.get("viewBox").split())) for root in (svg, ElementTree.fromstring(file.getvalue()))]
    np.testing.assert_allclose(*sides, atol=1.5)  # points: letters are measured in pixels


def test_folds_have_names_and_colours_are_variables():
    svg = inline_svg(figure(), 'said of "it" & more', "a")
    root = ElementTree.fromstring(svg)
    assert (root.tag, root.get("role"), root.get("aria-label")) == ("svg", "img", 'said of "it" & more')
    assert {one.get("data-fold") for one in root.iter()} == {None, "fold_07", "fold_08"}
    assert "stroke: var(--vermilion)" in svg
    assert not re.search(r"#[0-9a-f]{6}\b|http|font-family|A title", svg)
    letters = {one.text: re.search(r"var\((--\w+)\)", one.get("style"))[1] for one in root.iter("text") if one.text}
    assert {word: letters[word] for word in ("odd", "aside", "said")} == {
        "odd": "--alarm",
        "aside": "--soft",
        "said": "--ink",
    }


def test_two_figures_share_no_id_and_every_reference_is_kept():
    first, second = (inline_svg(figure(), "l", prefix) for prefix in "ab")
    ids = [set(re.findall(r'\bid="([^"]*)"', svg)) for svg in (first, second)]
    assert ids[0]
    assert not ids[0] & ids[1]
    for svg, own in zip((first, second), ids, strict=True):
        assert set(re.findall(r'(?:href="|url\()#([^")]*)', svg)) == own


def test_a_cloud_says_once_what_its_dots_look_like():
    root = ElementTree.fromstring(inline_svg(figure(), "l", "a"))
    (cloud,) = [one for one in root.iter("g") if len(one.findall("use")) == 5]
    assert "var(--blue)" in cloud.get("style")
    assert all(dot.get("style") is None for dot in cloud)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0.000001"), (3e-9, "0.000001"), (0.0000011, "0.000002"), (0.003, "0.003"), (0.0031, "0.004"),
     (0.97, "1.0"), (17.2, "20"), (20.0, "20")],
)  # fmt: skip
def test_a_bound_is_one_digit_and_never_below(value, shown):
    assert bound(value) == shown
    assert float(shown) >= value


def test_numbers_keep_their_sense():
    assert [full(0.99261), full(56.6751), full(3210.23), full(None)] == ["0.9926", "56.675", "3210.2", "undefined"]
    assert [brief(-0.0247), brief(0.0), digits(12345.6, 4)] == ["\N{MINUS SIGN}0.025", "0.000", "12346"]
    assert [percent(0.3736), percent(-0.0001)] == ["37.4 %", "\N{MINUS SIGN}0.01 %"]
    assert [listed([]), listed(["a"]), listed(["a", "b", "c"])] == ["", "a", "a, b and c"]


def test_a_number_of_small_units_is_a_power_and_what_rounding_leaves_is_zero():
    assert [full(5.561e-7), full(0.00004), full(0.00006)] == [
        "5.561e\N{MINUS SIGN}07",
        "4.000e\N{MINUS SIGN}05",
        "0.0001",
    ]
    assert [brief(-0.00001), full(float(np.std([0.9] * 10)))] == ["\N{MINUS SIGN}1.00e\N{MINUS SIGN}05", "0.0000"]


def test_methods_say_which_metric_they_are_for():
    one, other = {"low": 0.9, "method": "DeLong"}, {"low": 0.1, "method": "bootstrap"}
    none = {"low": None, "method": "bootstrap", "reason": "the resamples hardly differ"}
    every = {"loss": other, "auroc": one, "f1": other}
    assert methods(every, ["loss", "auroc", "f1"]) == "DeLong for AUROC; bootstrap for the rest"
    assert methods(every, ["loss", "f1"]) == "bootstrap"
    assert methods(every, ["auroc"]) == "DeLong"
    assert methods({"loss": other, "f1": none, "mae": other}, ["loss", "f1", "mae"]) == (
        "none for F1, as the resamples hardly differ; bootstrap for the rest"
    )
    assert methods({"f1": none}, ["f1"]) == "none, as the resamples hardly differ"
