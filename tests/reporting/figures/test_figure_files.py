"""Figures as files: vector formats with their fonts, the same bytes each time, nothing overwritten."""

import io
import re

import numpy as np
import pytest
from imagined import history_of
from PIL import Image

from evaluation.folds.names import names_of
from evaluation.smoothing import local_mean
from reporting.figures.files import figure_files, taken
from reporting.figures.residuals import residual_figure
from reporting.figures.study import shown_rows, study_figures


@pytest.fixture
def figures(imagine, judged):
    def draw(task="binary", **more):
        predictions, fits = imagine(task, **more)
        metrics = judged(predictions, fits)
        return {"lightning": study_figures(predictions, metrics, history_of(fits))}, predictions, metrics

    return draw


def files_of(drawn, form):
    return dict(figure_files(drawn, form))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_every_figure_is_a_pdf_with_embedded_truetype_fonts_and_no_date(task, figures):
    drawn = figures(task)[0]
    files = files_of(drawn, "pdf")
    assert list(files) == [f"lightning_{tag}.pdf" for tag in drawn["lightning"]]
    for content in files.values():
        assert content.startswith(b"%PDF-")
        assert b"/Subtype /CIDFontType2" in content or b"/Subtype /TrueType" in content  # TrueType, so type 42
        assert b"/FontFile2" in content
        assert b"/Type3" not in content
        assert not re.search(rb"CreationDate|ModDate|D:\d{8}", content)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["pdf", "svg", "png"])
def test_the_same_run_gives_the_same_bytes(form, figures):
    assert files_of(figures()[0], form) == files_of(figures()[0], form)


def test_an_svg_needs_no_font_and_a_png_is_sharp_enough_for_print(figures):
    drawn = figures()[0]
    assert all(b"<text" not in content and b"<dc:date>" not in content for content in files_of(drawn, "svg").values())
    for content in files_of(drawn, "png").values():
        picture = Image.open(io.BytesIO(content))
        assert picture.width > 1300
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)


def test_files_that_are_there_are_told_links_too(figures, tmp_path):
    drawn = figures()[0]
    assert taken(drawn, "pdf", tmp_path) == []
    (tmp_path / "lightning_roc.pdf").symlink_to(tmp_path / "nowhere")
    (tmp_path / "lightning_folds.pdf").touch()
    assert taken(drawn, "pdf", tmp_path) == ["lightning_roc.pdf", "lightning_folds.pdf"]
    assert taken(drawn, "png", tmp_path) == []


def test_residuals_are_true_less_predicted_with_a_local_mean_of_all_rows(figures):
    _, predictions, metrics = figures("regression")
    shown, where = shown_rows(predictions, metrics)
    figure = residual_figure(shown, names_of(metrics), where)
    (axes,) = figure.axes
    points = np.concatenate([cloud.get_offsets() for cloud in axes.collections if len(cloud.get_offsets())])
    expected = np.stack([shown.logits[:, 0], shown.target - shown.logits[:, 0]], axis=1)
    np.testing.assert_allclose(np.sort(points, axis=0), np.sort(expected, axis=0), rtol=1e-6)
    (line,) = [line for line in axes.lines if line.get_label().startswith("local mean")]
    np.testing.assert_allclose(line.get_ydata(), local_mean(*expected.T, line.get_xdata()), rtol=1e-6, atol=1e-6)
    low, high = axes.get_ylim()
    assert -low == high >= np.abs(expected[:, 1]).max()
    assert f"mean {np.mean(expected[:, 1]):.3f}" in figure.get_label()


@pytest.mark.parametrize("values", [[1.0], [2.0] * 12, [1e30, -1e30] * 6, [0.0] * 30])
def test_residuals_of_few_equal_or_huge_predictions_are_drawn(values, figures):
    predictions = figures("regression")[1]
    rows = predictions.of_role("scored").select_at(np.arange(len(values)))
    rows.logits[:, 0] = values
    names = dict.fromkeys(rows.members(), "fold_00")
    residual_figure(rows, names, "out of fold").canvas.draw()
