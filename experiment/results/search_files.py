"""Files with the answer of a search: `search.json`, `best.yaml`, which train.py repeats, and `top5.yaml`."""

import shlex
import textwrap
from collections.abc import Mapping
from typing import Any

from configs.errors import StudyError
from configs.files.atomic import write_json, write_text
from configs.loading.loading import dump_study
from configs.loading.yaml_data import dump
from configs.schema import Study
from configs.search.space import study_at
from configs.shown import shown
from evaluation.predictions import Predictions
from evaluation.search.answer import Searched, search_answer
from experiment.run.files.reading import read_json, sealed
from experiment.run.files.schema_file import read_schema
from experiment.run.run_directory import RunDirectory
from experiment.search.trials_file import read_trials, trials_file
from reporting.search_words import answer_lines, inner_in_words, outer_in_words

TOP_USE = (
    "`values` is what differs from the study as written: paste it below search.enqueue of another search, or write it "
    "behind train.py as key=value."
)
KEYS = ("objective", "trials", "best", "outer", "optimism", "importance")


def keep_answer(
    run: RunDirectory, study: Study, metrics: Mapping[str, Any], predictions: Predictions
) -> dict[str, Any] | None:
    """Write and return the answer of a search, whose winners' `metrics` and `predictions` are judged.

    `study` may have another evaluation than the run. None, and no files, for a run without a search or trials.

    Raises:
        StudyError: `trials.jsonl` or `schema.json` is damaged.
        OSError: a file cannot be written.
    """
    trials = read_trials(trials_file(run.framework(metrics["framework"]))) if study.search else []
    if not trials:
        return None
    schema = read_schema(run)
    columns = len({column.source for column in schema.columns}) if schema else 0
    answer = search_answer(Searched(study, run.load_plan().members, trials, metrics, predictions, columns))
    if answer["best"] is not None:
        best = study_at(run.load_study(), answer["best"]["changes"])
        write_text(run.best, best_header(run, answer) + dump_study(best))
        write_text(run.top, top_settings(run, answer))
    answer = sealed(answer)
    write_json(run.answer, answer)
    return answer


def read_answer(run: RunDirectory) -> dict[str, Any] | None:
    """`search.json` of a search; None for a run that has none. Raises StudyError for a damaged one."""
    if not run.answer.is_file():
        return None
    cure = f"re-evaluate the search: python scripts/evaluate.py {shlex.quote(str(run.root))}"
    answer: dict[str, Any] = read_json(run.answer, cure, *KEYS)
    try:
        answer_lines(answer)
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise StudyError([f"{run.answer}: is damaged ({type(error).__name__}: {error}); {cure}"]) from error
    return answer


def best_header(run: RunDirectory, answer: Mapping[str, Any]) -> str:
    """Comment above the best study: where it comes from, and its scores."""
    best, repeat = answer["best"], shlex.join(["python", "scripts/train.py", str(run.best)])
    head = f"The best setting of a search, trial {best['number']} of {len(answer['trials'])}."
    command = f"# Run: {shown(repeat)}\n"  # in one line, to be copied
    return (
        _comment(head)
        + command
        + _comment(
            f"Inner mean, by which it was chosen: {inner_in_words(answer)}.",
            f"Outer score of the search: {outer_in_words(answer)}.",
            f"Search: {run.root}",
        )
    )


def top_settings(run: RunDirectory, answer: Mapping[str, Any]) -> str:
    """The best settings as a list in YAML, the best first."""
    entries = {one["number"]: one for one in answer["trials"]}
    name, count = answer["objective"]["metric"], len(answer["top"])
    listed = [
        {
            "trial": number,
            name: entries[number]["mean"],
            "standard_error": entries[number]["error"],
            "folds": entries[number]["folds"],
            "values": entries[number]["changes"],
        }
        for number in answer["top"]
    ]
    head = f"The {count} best settings of a search, by the mean {name} of the folds' validation rows."
    return _comment(head, TOP_USE, f"Search: {run.root}") + dump(listed)


def _comment(*paragraphs: str) -> str:
    """Lines of a comment in YAML."""
    lines = [line for one in paragraphs for line in textwrap.wrap(shown(one), 118, break_on_hyphens=False)]
    return "".join(f"# {line}\n" for line in lines)
