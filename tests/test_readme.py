"""Every block of the README and of the pages it leads to runs, in a copy of the project, and what they name is there.

Blocks that begin with a comment like `# configs/two_moons.yaml` are files. `bash` and `console` blocks are commands,
trained for two epochs here, and `console` shows what they print: `...` stands for any lines, and after a training any
number, any status, any verdict on the fit and any answer for any other.
"""

import json
import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
from boards import read

from configs.loading.loading import load_study
from datamodules.reading.loading import dataset_names
from experiment.run import exit_codes
from scripts.train import EXAMPLES

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = [README, *(ROOT / "docs" / f"{name}.md" for name in ("extend", "results", "api"))]
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.M | re.S)
FILES = {body.split("\n")[0][2:]: body for _, body in BLOCKS if re.match(r"# [\w/]+\.(py|yaml)\n", body)}
PROGRAMS = [body for language, body in BLOCKS if language == "python" and body not in FILES.values()]
SHOWN_RUN = "runs/breast_cancer/2026-11-23_23-45-21"
TREE = re.findall(r"^(\w+)/ +[A-Z]{5,} ", TEXT, re.M)
DOCUMENTS = [README, *sorted((ROOT / "docs").glob("*.md"))]

# The first test waits for every command of every page.
pytestmark = [pytest.mark.both_rooms, pytest.mark.timeout(1800)]
ENVIRONMENT = {"PYTHONIOENCODING": "utf-8", "TF_CPP_MIN_LOG_LEVEL": "3", "COLUMNS": "120"}
NEW_PATIENTS = "patient,marker,age,pressure\nP-0412,3.15,47,128\nP-0413,8.02,66,141\n"
LEFT_OUT = {"source .venv/bin/activate", "tensorboard --logdir runs"}


def prose(page: Path) -> str:
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)


def quoted(page: Path) -> list[str]:
    return re.findall(r"`([^`\n]+)`", prose(page))


def anchors(page: Path) -> set[str]:
    """The addresses that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


class Command(NamedTuple):
    words: str
    shown: str

    @property
    def trains(self) -> bool:
        return "train.py" in self.words and "--" not in self.words and "override" not in self.shown

    @property
    def is_of_a_training(self) -> bool:
        return self.trains or "predict.py" in self.words


def commands():
    for language, body in BLOCKS:
        if language == "bash":
            yield from (Command(line, "...") for line in body.splitlines())
        elif language == "console":
            for session in re.split(r"^\$ ", body, flags=re.M)[1:]:
                words, _, shown = session.partition("\n")
                yield Command(words.replace("make train", "python scripts/train.py"), shown or "...")


COMMANDS = [command for command in commands() if command.words not in LEFT_OUT]


def patients() -> str:
    chance, lines = random.Random(0), ["age,pressure,marker,relapse"]
    for _ in range(160):
        age, pressure, marker = chance.randint(30, 80), chance.randint(100, 180), round(chance.gauss(5, 2), 2)
        relapse = "yes" if marker + 0.05 * (age - 55) + chance.gauss(0, 1) > 5.5 else "no"
        lines.append(f"{age},{pressure},{marker},{relapse}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project with the files of the pages, as a reader would have it."""
    left_behind = {".git", ".venv", ".venv-tensorflow", "runs", "data", "tests", "docs"}

    def ignored(folder, names):
        return {name for name in names if name == "__pycache__" or (Path(folder) == ROOT and name in left_behind)}

    copy = tmp_path_factory.mktemp("readme") / "project"
    shutil.copytree(ROOT, copy, ignore=ignored)
    for own in ROOT.glob(".venv-*"):
        (copy / own.name).symlink_to(own)
    for name, body in FILES.items():
        (copy / name).write_text(body, encoding="utf-8")
    (copy / "patients.csv").write_text(patients())
    (copy / "new_patients.csv").write_text(NEW_PATIENTS)
    return copy


def execute(project: Path, arguments: list[str]) -> tuple[int, str]:
    environment = os.environ | ENVIRONMENT | {"PYTHONPATH": str(project)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run(arguments, cwd=project, env=environment, text=True, timeout=600, **pipes)
    return done.returncode, done.stdout


def run_command(project: Path, command: Command) -> tuple[int, str]:
    words = [newest_run(project, word) for word in shlex.split(command.words)]
    words[0] = sys.executable if words[0] == "python" else words[0]
    return execute(project, words + ["training.max_epochs=2"] * command.trains)


def newest_run(project: Path, word: str) -> str:
    """For a run that a page names, the newest one of its study; any other word is left alone."""
    if not re.fullmatch(r"runs/\w+/[\d_-]+", word):
        return word
    return str(max((project / word).parent.iterdir()).relative_to(project))


def run_program(project: Path, body: str) -> tuple[int, str]:
    return execute(project, [sys.executable, "-c", body.replace("epochs=20", "epochs=2")])


@pytest.fixture(scope="module")
def outcomes(project):
    """Exit code and output of every command and program, in the order of the pages on two lanes at once."""
    jobs = [(run_command, command) for command in COMMANDS] + [(run_program, body) for body in PROGRAMS]

    def lane(second):
        mine = [job for job in jobs if bool(re.search("two_moons|lightning_mods|tf_models", str(job[1]))) is second]
        return {job[1]: job[0](project, job[1]) for job in mine}

    with ThreadPoolExecutor(2) as lanes:
        one, other = lanes.map(lane, (False, True))
    return one | other


def pattern(shown: str, trained: bool) -> str:
    lines = [line for line in normalised(shown, trained).splitlines() if "━" not in line and "folds done;" not in line]
    return r"\s*" + "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\s*\n" for line in lines) + r"\s*$"


def normalised(text: str, trained: bool) -> str:
    lines = (re.sub(r"\s+", " ", line).strip() for line in text.splitlines())
    text = "".join(f"{line}\n" for line in lines if line)
    verdicts = r"good fit|underfit|overfit|\b(yes|no)\b"
    words = {r"\d+(\.\d+)?": "0", verdicts: "verdict", "─+": "─"} if trained else {}
    for found, word in words.items():
        text = re.sub(found, word, text)
    return re.sub(r"^status\n(.*\n)*?(?=[a-z]\w*, 0 % )", "status\n", text, flags=re.M) if trained else text


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.words)
def test_a_command_does_what_the_page_shows(command, outcomes):
    (code, output), trained = outcomes[command], command.is_of_a_training
    assert code == (exit_codes.WRONG_STUDY if "override" in command.shown else exit_codes.DONE), output
    assert re.match(pattern(command.shown, trained), normalised(output, trained)), output


@pytest.mark.slow
@pytest.mark.parametrize("body", PROGRAMS, ids=range(len(PROGRAMS)))
def test_a_program_runs_and_its_assertions_hold(body, outcomes):
    code, output = outcomes[body]
    assert code == 0, output


@pytest.mark.slow
def test_a_run_has_the_files_and_the_keys_that_are_named(outcomes, project):
    run = max((project / "runs" / "breast_cancer").iterdir())
    listings = [body for _, body in BLOCKS if body.startswith(SHOWN_RUN)]
    names = [name for listing in listings for name in re.findall(r"^ {2,4}([\w.]+/?) ", listing, re.M)]
    assert len(set(names)) > 10
    for name in names:
        assert (run / name).exists() or (run / "lightning" / name).exists(), name
    told = re.search(r"^`metrics\.json` has\n\n(.*?)\n\n", TEXT, re.M | re.S).group(1)
    metrics = json.loads((run / "lightning" / "metrics.json").read_text())
    parts = [metrics[key] for key in ("out_of_fold", "test", "diagnosis")]
    every = [metrics, *parts, metrics["thresholds"]["rules"]["f1"], *metrics["status"]]
    keys = set(re.findall(r"`(\w+)`", told))
    assert len(keys) > 15
    assert keys <= set().union(*every)


@pytest.mark.slow
@pytest.mark.parametrize("framework", ["lightning", "tensorflow"])
def test_tensorboard_has_in_each_run_what_is_named(outcomes, project, framework):
    run = max((project / "runs" / "breast_cancer").iterdir()) / framework
    words = {"figures": "images", "PR\ncurve": "pr_curves", "score histograms": "histograms", "text": "text"}
    words |= {"Custom\nscalars": "custom_scalars", "graph": "graph", "HParams": "hparams", "median": "scalars"}
    words |= {"final metrics": "scalars"}
    told = re.search(r"The directory of the framework\nhas (.*?)\. `result` has (.*?)\n\n", TEXT, re.S)
    for name, sentence in zip(("", "result"), told.groups(), strict=True):
        shown = {"graph" if tag == "graph" else one[0] for tag, one in read(run / name).items()}
        assert shown == {plugin for word, plugin in words.items() if word in sentence}


def test_make_train_is_the_command_that_is_tested():
    command = ["make", "--no-print-directory", "-n", "train"]  # which make says when make test runs it
    steps = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert steps.splitlines()[-1] == ".venv/bin/python scripts/train.py"
    assert Path(sys.executable).with_name("tensorboard").exists()


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".py")])
@pytest.mark.parametrize("words", [("check",), ("format", "--check")])
def test_a_file_of_the_pages_passes_make_lint(name, words):
    ruff = [sys.executable, "-m", "ruff", *words, "--stdin-filename", str(ROOT / name), "-"]
    said = subprocess.run(ruff, input=FILES[name], capture_output=True, text=True, cwd=ROOT)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.slow
def test_the_data_set_of_the_pages_passes_mypy(project):
    command = [sys.executable, "-m", "mypy", "datamodules/datasets/two_moons.py"]
    said = subprocess.run(command, capture_output=True, text=True, cwd=project)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.name)
def test_every_link_and_every_path_is_there(page):
    for link in (link for link in re.findall(r"\]\(([^)]+)\)", prose(page)) if "://" not in link):
        path, _, anchor = link.partition("#")
        goal = page.parent / path if path else page
        assert goal.exists(), link
        assert not anchor or anchor in anchors(goal), link
    named = [name for name in quoted(page) if name.split("/")[0] in TREE and re.fullmatch(r"\w+/[\w./-]*", name)]
    assert [path for path in named if not (ROOT / path).exists() and path not in FILES] == []


def test_the_decisions_have_an_index_of_their_headings():
    text = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    assert re.findall(r"^\* \[(.*)\]\(#", text, re.M) == re.findall(r"^## (.*)$", text, re.M)


def test_the_readme_is_short_and_shows_the_tree():
    assert len(README.read_text(encoding="utf-8").splitlines()) < 300
    assert len(TREE) == 12
    assert [folder for folder in TREE if not (ROOT / folder).is_dir()] == []
    assert (ROOT / "docs/pictures/tensorboard.png").stat().st_size < 300_000


def test_every_key_is_in_the_study():
    study = load_study(None, []).model_dump()
    codes = [code for page in PAGES for code in quoted(page)]
    keys = [re.match(r"([a-z_]+)\.(?!npz)([a-z_]+)(=|$)", word) for code in codes for word in code.split()]
    named = {(key[1], key[2]) for key in keys if key and key[1] in study and isinstance(study[key[1]], dict)}
    assert len(named) > 4
    assert {(section, key) for section, key in named if key not in study[section]} == set()


def test_the_data_sets_and_the_exit_codes_are_all_there_are():
    offline = re.search(r"need no download: (.*?)\. Each", TEXT, re.S).group(1)
    own = {Path(name).stem for name in FILES}  # whoever follows this page may have these as well
    assert {*re.findall(r"`(\w+)`", offline), "mnist"} == set(dataset_names()) - own
    table = re.search(r"\| exit code.*?\n\n", TEXT, re.S).group()
    told = {int(code) for cell in re.findall(r"^\| ([\d, ]+) \|", table, re.M) for code in cell.split(",")}
    assert told == {code for name, code in vars(exit_codes).items() if name.isupper() and isinstance(code, int)}
    killed = 128 + signal.SIGKILL
    assert f"SIGKILL ({killed})" in table
    in_help = EXAMPLES.partition("exit codes:")[2]
    assert {int(code) for code in re.findall(r"\d+", in_help)} == told | {killed}
