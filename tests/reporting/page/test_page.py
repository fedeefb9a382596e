"""The page of a run: whole, self-contained, and saying what `metrics.json` says."""

import re
from dataclasses import replace

import numpy as np
import pytest
from imagined import RECORD, TIMING, history_of, validation_of
from pages import read_page, tables, text

from configs.sections.evaluation import Evaluation
from evaluation.intervals.dependence import Dependence
from reporting.board.tags import CONFUSION_MATRIX
from reporting.figures.study import study_figures
from reporting.fold_summary import FOLD_WORDS
from reporting.page.drawn import TITLES
from reporting.page.part import BOTH, Part
from reporting.page.report import HTML, MARKDOWN, reports
from reporting.page.sections.fit import fit_blocks
from reporting.tables.table import markdown_table

STUDIES = {
    "binary": {},
    "multiclass": {"task": "multiclass"},
    "regression": {"task": "regression"},
    "repeats": {"repeats": 2},
    "many folds": {"folds": 10, "rows": 800},
    "no test part": {"tested": 0},
    "split": {"folds": 1, "tested": 60},
    "regression split": {"task": "regression", "folds": 1, "tested": 60},
}
MINUS = "\N{MINUS SIGN}"
NUMBER = re.compile(rf"(?<![\w.])[{MINUS}-]?\d[\d,]*\.\d+(?![\w.])")


@pytest.fixture
def make_parts(imagine, judged):
    """`make_parts(frameworks, settings, **study)` -> what each framework left; the second is a little worse."""

    def make(frameworks=("lightning", "tensorflow"), settings=None, change=None, **study):
        parts = {}
        for number, name in enumerate(frameworks):
            predictions, fits = imagine(**study)
            predictions = replace(predictions, logits=(predictions.logits * (1 - 0.1 * number)).astype(np.float32))
            predictions = change(predictions) if change else predictions
            metrics = judged(predictions, fits, framework=name, timing=TIMING, settings=settings or Evaluation())
            parts[name] = Part(metrics, predictions, history_of(fits))
        return parts

    return make


@pytest.fixture(scope="module")
def known():
    """Reports that are made once."""
    return {}


@pytest.fixture(params=STUDIES)
def told(request, known, make_parts):
    """Parts and their reports, for each kind of study."""
    if request.param not in known:
        parts = make_parts(**STUDIES[request.param])
        known[request.param] = parts, reports(parts, RECORD)
    return known[request.param]


def test_the_page_is_whole_and_every_id_is_one_element(told):
    page = read_page(told[1][HTML])
    ids = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    aims = [element.get("href")[1:] for element in page.iter() if element.get("href", "").startswith("#")]
    aims += re.findall(r"url\(#([^)]*)\)", told[1][HTML])
    assert set(aims) <= set(ids)
    assert all(element.get("aria-labelledby", ids[0]) in ids for element in page.iter())


def test_nothing_is_loaded_from_anywhere(told):
    html = told[1][HTML]
    assert re.findall(r"(?:https?:)?//[\w.]+\.\w+", html.replace("http-equiv", "")) == []
    page = read_page(html)
    assert {element.tag for element in page.iter()} & {"img", "iframe", "object", "image", "base"} == set()
    assert [element.get("href") for element in page.iter("link")] == ["data:,"]
    assert all(element.get("src") is None for element in page.iter("script"))
    policy = next(one.get("content") for one in page.iter("meta") if one.get("http-equiv"))
    assert policy.startswith("default-src 'none'")


def test_it_can_be_heard_and_walked_through_by_keyboard(told):
    page = read_page(told[1][HTML])
    assert page.get("lang") == "en"
    assert "tiny" in text(page.find("head/title"))
    figures = list(page.iter("svg"))
    assert len({figure.get("aria-label") for figure in figures}) == len(figures) > 0
    assert {figure.get("role") for figure in figures} == {"img"}
    for table in page.iter("table"):
        assert text(table.find("caption"))
        assert all(head.get("scope") for head in table.iter("th"))
    levels = [int(element.tag[1]) for element in page.iter() if re.fullmatch("h[1-6]", element.tag)]
    assert levels.count(1) == 1
    assert max(after - before for before, after in zip([0, *levels[:-1]], levels, strict=True)) == 1
    rows = {row.get("data-fold") for row in page.iter("tr")} - {None}
    pressed = {row.get("data-fold") for row in page.iter("tr") if row.find(".//button") is not None}
    assert rows == pressed


def test_every_figure_of_the_study_is_there_for_every_framework_or_once_for_both(told):
    parts, written = told
    labels = [figure.get("aria-label") for figure in read_page(written[HTML]).iter("svg")]
    for name, part in parts.items():
        drawn = set(part.figures) - {CONFUSION_MATRIX}
        assert drawn <= set(TITLES)
        for tag in drawn:
            heads = tuple(f"{TITLES[tag][0]}, {of}." for of in (name, BOTH))
            assert sum(label.startswith(heads) for label in labels) == 1
    classification = parts["lightning"].metrics["task"] != "regression"
    matrices = [caption for caption in tables(read_page(written[HTML])) if caption.startswith("Confusion matrix")]
    assert bool(matrices) == classification


def captions(html):
    return {text(figure.find(".//h3")).partition(",")[0]: text(figure.find("figcaption")) for figure in
            read_page(html).iter("figure") if figure.get("class") == "drawings"}  # fmt: skip


def test_evidence_that_the_curves_do_not_give_is_no_table_of_dashes(make_parts):
    parts = make_parts()
    assert [block.kind for block in fit_blocks(parts)] == ["grid", "facts"]
    for part in parts.values():
        part.metrics["diagnosis"]["evidence"] = {"folds": {"unknown": 3}}
    assert [block.kind for block in fit_blocks(parts)] == ["facts"]


def test_a_caption_speaks_of_the_folds_that_are_drawn(make_parts):
    of_folds = ("Thin lines are folds", "Thin outlines are folds", "Thin lines are folds")
    said = captions(reports(make_parts(("lightning",), rows=400), RECORD)[HTML])
    assert [
        words in said[name]
        for words, name in zip(of_folds, ("ROC curves", "Predicted probabilities", "Training curves"), strict=True)
    ]
    alone = captions(reports(make_parts(("lightning",), folds=12, rows=24, tested=12), RECORD)[HTML])
    for name in ("ROC curves", "PR curves"):
        assert "this one is of the rows of all folds" in alone[name]
        assert "Thin" not in alone[name]
        assert "this one" not in said[name]
    assert "Thin" not in alone["Predicted probabilities"]
    assert "Thin lines are folds" in alone["Training curves"]
    split = captions(reports(make_parts(("lightning",), folds=1, tested=60), RECORD)[HTML])
    assert not any("fold" in caption for caption in split.values())


def test_the_best_epoch_is_one_of_those_that_are_counted(make_parts):
    parts = make_parts(("lightning",))
    written = reports(parts, RECORD)
    rows = tables(read_page(written[HTML]))["Each fold"]
    for fold in parts["lightning"].metrics["folds"]:
        assert fold["best_epoch"] < fold["epochs"]
        name, last = f"fold_{fold['fold']:02d}", fold["epochs"] - 1
        name += " best fold" * (fold["fold"] == parts["lightning"].metrics["best_fold"]["fold"])
        assert rows[name][0].startswith(f"{fold['best_epoch']} stopped at {last}")
        assert f"| {fold['best_epoch']} (stopped at {last}" in written[MARKDOWN]
    assert "counted from 0" in text(read_page(written[HTML]))


def test_the_colours_of_the_figures_are_those_of_the_page(told):
    html = told[1][HTML]
    svgs = re.findall(r"<svg.*?</svg>", html, re.S)
    assert [colour for svg in svgs for colour in re.findall(r"(?:fill|stroke): #\w+", svg)] == []
    used = {name for svg in svgs for name in re.findall(r"var\((--[\w-]+)\)", svg)}
    light, dark = (set(re.findall(r"(--[\w-]+):", part)) for part in re.findall(r":root \{(.*?)\}", html, re.S))
    assert used <= light == dark


def test_every_number_of_a_table_is_one_of_metrics_json(told):
    parts, written = told
    known = np.array([value for part in parts.values() for value in numbers(part.metrics)])
    shares = [cell for part in parts.values() for cell in row_shares(part.metrics)]
    shares += [mean for part in parts.values() for mean in weighted_means(part.metrics)]
    known = np.concatenate([known, np.array(shares), 100 * known, 100 * np.array(shares), [3.5, 95.0, 1e-6]])
    for caption, rows in tables(read_page(written[HTML])).items():
        for heading, cells in rows.items():
            for word in NUMBER.findall(" ".join(cells)):
                shown = float(word.replace(MINUS, "-").replace(",", ""))
                digits = len(word.partition(".")[2])
                assert np.abs(known - shown).min() <= 0.500001 * 10.0**-digits, (caption, heading, word)


def test_the_headline_is_the_pooled_value_and_its_interval_beside_the_mean_of_the_folds(make_parts):
    parts = make_parts()  # of equal ranks and predictions, which both frameworks share
    rows = tables(read_page(reports(parts, RECORD)[HTML]))["Results, pooled out-of-fold rows"]
    assert list(rows) == ["AUROC", "average precision", "F1", "accuracy"]
    for heading, metric in zip(rows, ("auroc", "average_precision", "f1", "accuracy"), strict=True):
        for cell, part in zip(rows[heading][:1], [parts["lightning"]], strict=True):
            pooled = part.metrics["out_of_fold"]
            interval = pooled["intervals"][metric]
            folds = part.metrics["scored"][metric]
            mean = f"mean of 4 folds {folds['mean']:.3f} ± {folds['std']:.3f}"
            assert cell == f"{pooled[metric]:.3f} [{interval['low']:.3f} to {interval['high']:.3f}] {mean}"
        assert rows[heading][-1] == f"{parts['lightning'].metrics['baseline']['out_of_fold'][metric]:.3f}"


def test_a_fold_is_in_every_figure_of_folds_and_in_the_list(make_parts):
    page = read_page(reports(make_parts(folds=5), RECORD)[HTML])
    folds = {f"fold_0{number}" for number in range(5)}
    assert {option.get("value") for option in page.iter("option")} == folds | {""}
    drawn = [{part.get("data-fold") for part in figure.iter()} - {None} for figure in page.iter("svg")]
    assert all(found == folds for found in drawn)
    assert 6 <= len(drawn) <= 2 * 6


def test_outlier_folds_and_the_best_one_are_named(make_parts):
    def spoil(predictions):
        spoilt = (predictions.fold == 2) & (predictions.role == "scored")
        return replace(predictions, logits=np.where(spoilt[:, None], -predictions.logits, predictions.logits))

    parts = make_parts(folds=8, rows=400, change=spoil)
    page = read_page(reports(parts, RECORD)[HTML])
    rows = tables(page)["Each fold"]
    assert {heading for heading, cells in rows.items() if any("outlier" in cell for cell in cells)} == {"fold_02"}
    best = parts["lightning"].metrics["best_fold"]["fold"]
    assert [heading for heading in rows if "best" in heading] == [f"fold_0{best} best fold"]
    blamed = parts["lightning"].metrics["outliers"][0]["rows"][0]["row"]
    assert f"Its highest-loss rows: {blamed} (" in text(page)


def test_the_text_has_the_words_and_numbers_of_the_page(told):
    parts, written = told
    page = text(read_page(written[HTML]))
    table = markdown_table({name: part.metrics for name, part in parts.items()})
    assert table in written[MARKDOWN]
    rest = written[MARKDOWN].replace(table, "").replace("\\", "")
    assert set(NUMBER.findall(rest)) <= set(NUMBER.findall(page))
    for section in read_page(written[HTML]).iter("section"):
        shown = section.find(".//table") is not None or section.find(".//dl") is not None
        assert (f"## {text(section.find('h2'))}\n" in rest) == shown
    lines = [line for line in written[MARKDOWN].splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in lines)


def test_what_was_run_and_how_to_repeat_it(make_parts):
    for words in reports(make_parts(), RECORD).values():
        for said in ("d" * 64, "f" * 64, "tiny.csv", "24 November 2026, 03:07 UTC", "1.5 s in lightning", "name: tiny"):
            assert said in words
        assert "python scripts/evaluate.py runs/tiny/now" in words
    assert "python scripts/train.py 'data.source=my rows.csv'" in reports(make_parts(), RECORD)[MARKDOWN]


def test_another_rule_of_the_threshold_is_said(make_parts):
    record = RECORD._replace(evaluated_with=("evaluation.threshold=f1",))
    written = reports(make_parts(settings=Evaluation(threshold="f1")), record)
    rows = tables(read_page(written[HTML]))["Thresholds, lightning"]
    assert [heading for heading in rows if heading.endswith("in use")] == ["maximum F1 in use"]
    for words in written.values():
        assert "python scripts/evaluate.py runs/tiny/now evaluation.threshold=f1" in words


def test_names_of_classes_are_only_names(make_parts):
    def rename(predictions):
        return replace(predictions, classes=("<b>a</b>|&", '"c" onload=x'))

    written = reports(make_parts(change=rename), RECORD)
    page = read_page(written[HTML])
    assert "<b>a</b>|& predicted as" in text(page)
    assert all(element.get("onload") is None for element in page.iter())
    rows = [line for line in written[MARKDOWN].splitlines() if line.startswith("| \\<b>a")]
    assert rows
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in rows} <= {4, 6, 7}


def test_a_fold_that_diverged_is_said_to_have_failed(make_parts):
    def diverge(predictions):
        broken = predictions.fold == 1
        return replace(predictions, logits=np.where(broken[:, None], np.float32(np.nan), predictions.logits))

    written = reports(make_parts(change=diverge), RECORD)
    page = read_page(written[HTML])
    assert set(tables(page)["Each fold"]["fold_01"][1:6]) == {"\N{EN DASH}"}
    assert tables(page)["Each fold"]["fold_01"][0].startswith("failed")
    assert "Mean of 3 of 4 folds" in tables(page)
    assert "nan" not in re.findall(r"\w+", text(page).lower())


def facts(html):
    """Term -> what is said of it."""
    return {text(one.find("dt")): [text(line) for line in one.iter("dd")] for one in read_page(html).iter("div")
            if one.find("dt") is not None}  # fmt: skip


def test_why_a_fold_failed_is_told_once_for_each_framework_or_for_both(make_parts):
    parts = make_parts(repeats=2)
    assert not any("failed" in term for term in facts(reports(parts, RECORD)[HTML]))
    first, second = (part.metrics for part in parts.values())
    diverged, infinite = ({"seed": 0, "reason": why} for why in ("it <diverged>: go slower", "row 3 is infinite"))
    first["failed"] = [diverged | {"repeat": 0, "fold": 1}, diverged | {"repeat": 1, "fold": 1}]
    second["failed"] = [diverged | {"repeat": 0, "fold": 1}, infinite | {"repeat": 1, "fold": 1}]
    written = reports({name: replace(part) for name, part in parts.items()}, RECORD)
    told = {term: said for term, said in facts(written[HTML]).items() if "failed" in term}
    assert told == {
        "fold_01_repeat_00 failed (seed 0)": ["It <diverged>: go slower."],
        "fold_01_repeat_01 failed (seed 0)": ["lightning: It <diverged>: go slower.", "tensorflow: Row 3 is infinite."],
    }
    assert "* **fold\\_01\\_repeat\\_00 failed (seed 0)** It \\<diverged>: go slower." in written[MARKDOWN]


def test_why_the_only_model_failed_is_told(make_parts):
    parts = make_parts(("lightning",), folds=1, tested=60)
    parts["lightning"].metrics["failed"] = [{"seed": 0, "repeat": 0, "fold": 0, "reason": "it diverged"}]
    assert facts(reports(parts, RECORD)[HTML])["It failed (seed 0)"] == ["It diverged."]


def in_short(parts, record=RECORD):
    return text(read_page(reports(parts, record)[HTML])).partition("Do the frameworks agree?")[2][:400]


def test_frameworks_that_came_to_the_same_are_told_how_far_they_are_apart(make_parts):
    parts = make_parts()
    same = {"lightning": parts["lightning"], "tensorflow": parts["lightning"]}
    said = in_short(same)
    assert said.strip().startswith("No metric differs by more than 0.000001")
    assert "No probability of a row differs by more than 0.000001." in said
    assert "precision=64" not in said


@pytest.mark.parametrize(("task", "what"), [("binary", "probabilities"), ("regression", "predictions")])
def test_rows_that_differ_are_counted_and_the_cure_is_told(make_parts, task, what):
    parts = make_parts(task=task)
    said = in_short(parts)
    assert re.search(rf"[\d,]+ of [\d,]+ {what} differ by more than [\d.]+, one of them by [\d.]+\.", said)
    assert "They differ most in" in said
    assert "No probability" not in said


@pytest.mark.parametrize(("gap", "cause"), [(1e-4, "up to 0.0001 of them: rounding"), (0, "agree to 0 of them")])
def test_rounding_is_named_as_the_cause_only_where_the_trainings_part_slowly(make_parts, gap, cause):
    parts = make_parts()
    one = parts["lightning"]
    parted = [{**line, "train_loss": [loss * (1 - gap) for loss in line["train_loss"]]} for line in one.history]
    said = in_short({"lightning": one, "tensorflow": replace(parts["tensorflow"], history=parted)})
    assert f"The training losses {'part slowly, ' * (gap > 0)}{cause}" in said
    assert ("training.precision=64" in said) == (gap > 0)


def test_nets_that_do_not_agree_are_told_first(make_parts):
    said = in_short(make_parts(), RECORD._replace(disagreement="the nets are others"))
    assert said.strip().startswith("No: the nets are others.")
    assert "precision=64" not in said


def test_one_framework_has_a_page_too(make_parts):
    page = read_page(reports(make_parts(frameworks=("tensorflow",)), RECORD)[HTML])
    assert "Do the frameworks agree?" not in text(page)
    assert "lightning" not in text(page)


def test_the_same_run_gives_the_same_page_and_a_light_one(make_parts):
    parts = make_parts(folds=10, rows=800)
    first, again = reports(parts, RECORD), reports(parts, RECORD)
    assert first == again
    assert len(first[HTML]) < 1_000_000


def numbers(value):
    """Every number in nested lists and dictionaries."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from numbers(item)
        known = [item for item in value if isinstance(item, float)] if isinstance(value, list) else []
        if known:
            yield float(np.median(known))
    elif isinstance(value, int | float):
        yield float(value)


def weighted_means(metrics):
    """Precision, recall and F1 of a multiclass study, weighted by support."""
    judged = metrics["out_of_fold"] or metrics["test"]["ensemble"]
    support = np.array(judged.get("confusion_matrix", [])).sum(axis=-1)
    for metric in ("precision", "recall", "f1"):
        if "per_class" in judged:
            yield float(np.average([one[metric] for one in judged["per_class"].values()], weights=support))


def row_shares(metrics):
    """The shares of the true class in the confusion matrix that is shown."""
    judged = metrics["out_of_fold"] or metrics["test"]["ensemble"]
    for row in judged.get("confusion_matrix", []):
        yield from (count / max(sum(row), 1) for count in row)


def test_what_the_intervals_do_not_know_is_said_beside_them(imagine, judged):
    predictions, fits = imagine()
    caution = "rows follow each other"
    metrics = judged(predictions, fits, timing=TIMING, dependence=Dependence(caution=caution))
    told = reports({"lightning": Part(metrics, predictions, history_of(fits))}, RECORD)
    assert all(one["caution"] == caution for one in metrics["out_of_fold"]["intervals"].values())
    assert text(read_page(told[HTML])).count("Rows follow each other.") == 3  # in short, pooled, on the test part
    assert "Rows follow each other." in told[MARKDOWN]


def test_a_class_that_is_never_called_gets_the_advice_to_choose_a_cut(make_parts):
    def timid(predictions):
        return replace(predictions, logits=predictions.logits * 0.05 - 0.2)

    parts = make_parts(("lightning",), change=timid)
    metrics = parts["lightning"].metrics
    assert metrics["out_of_fold"]["recall"] == 0
    reached = metrics["thresholds"]["rules"]["f1"]["out_of_fold"]["f1"]
    page = text(read_page(reports(parts, RECORD)[HTML]))
    assert "Hardly a row reaches 0.5 for malignant: evaluation.threshold=f1" in page
    assert f"would give an F1 of {reached:.3f}." in page
    judged_so = make_parts(("lightning",), change=timid, settings=Evaluation(threshold="f1"))
    assert "Hardly a row" not in text(read_page(reports(judged_so, RECORD)[HTML]))
    assert "Hardly a row" not in text(read_page(reports(make_parts(), RECORD)[HTML]))


def test_a_fold_that_diverged_leaves_the_calls_of_the_others(make_parts):
    def diverged(predictions):
        predictions.logits[predictions.fold == 2] = np.nan
        return predictions

    parts = make_parts(("lightning",), change=diverged)
    judged, predictions = parts["lightning"].metrics["out_of_fold"], parts["lightning"].predictions
    rows = predictions.select((predictions.role == "scored") & (predictions.fold != 2))
    assert np.array(judged["confusion_matrix"]).sum() == len(rows.row)
    page = text(read_page(reports(parts, RECORD)[HTML]))
    assert page.count("1 of 4 folds has predictions that are not finite and is left out") == 3  # as every caution
    assert "1 of 4 folds: its outputs are not finite" in page
    assert f"of {len(rows.row)} predictions of 3 of 4 folds are wrong" in page
    figures = study_figures(predictions, parts["lightning"].metrics, parts["lightning"].history)
    assert figures[CONFUSION_MATRIX].axes[0].get_title("left") == "Confusion matrix, out of fold, 3 of 4 folds"


def test_temperatures_that_could_not_be_fitted_are_counted_and_not_told_as_ones(imagine, judged):
    predictions, fits = imagine()
    seen = validation_of(predictions, fits)
    right = np.where(seen.target == 1, 1.0, -1.0)[:, None] * np.abs(seen.logits)
    perfect = np.isin(seen.fold, [0, 1])[:, None]
    metrics = judged(
        predictions, fits, timing=TIMING, validation=replace(seen, logits=np.where(perfect, right, seen.logits))
    )
    known = metrics["calibration"]["temperature"][2:]
    page = text(read_page(reports({"lightning": Part(metrics, predictions, history_of(fits))}, RECORD)[HTML]))
    assert f"Median temperature {np.median(known):.2f}, from {min(known):.2f} to {max(known):.2f}." in page
    assert "2 of 4 could not be fitted and are 1." in page


@pytest.mark.parametrize(("sharper", "told"), [(0.2, True), (1.0, False)])
def test_scaling_that_makes_the_loss_worse_is_said_to(imagine, judged, sharper, told):
    predictions, fits = imagine(rows=400)
    seen = validation_of(predictions, fits, rows=200)
    metrics = judged(
        predictions, fits, timing=TIMING, validation=replace(seen, logits=seen.logits * np.float32(sharper))
    )
    before = metrics["calibration"]["out_of_fold"]
    assert (before["after"]["loss"] > before["loss"]) == told
    page = text(read_page(reports({"lightning": Part(metrics, predictions, history_of(fits))}, RECORD)[HTML]))
    assert ("Scaling makes the loss worse here: take the uncalibrated probabilities." in page) == told


def test_where_every_fold_diverged_it_is_said_why_there_is_no_interval(make_parts):
    def diverged(predictions):
        return replace(predictions, logits=np.full_like(predictions.logits, np.nan))

    parts = make_parts(("lightning",), change=diverged)
    page = read_page(reports(parts, RECORD)[HTML])
    assert "In brackets: the 95 % interval (none, as some rows have a non-finite prediction)." in text(page)
    assert "Outlier folds?" not in text(page)
    assert not any("best" in heading for heading in tables(page)["Each fold"])
    assert FOLD_WORDS["outlier folds"](parts["lightning"].metrics) == ""


def test_the_page_bears_the_label_of_its_run_and_says_that_the_code_was_changed(make_parts):
    changed = RECORD.environment | {"commit": "c" * 40, "dirty": True, "diff_sha256": "d" * 64, "commit_unknown": None}
    made = reports(make_parts(), RECORD._replace(label="baseline", environment=changed))
    assert "<h1>tiny, baseline</h1>" in made[HTML]
    assert all(f"commit {'c' * 40}, with changes (source.diff)" in page for page in made.values())
    unknown = changed | {"commit": None, "dirty": None, "commit_unknown": "no git repository"}
    assert "commit unknown (no git repository)" in reports(make_parts(), RECORD._replace(environment=unknown))[MARKDOWN]
