"""Make the README's pictures of TensorBoard and of the page: train the default study and photograph what it shows.

Needs Chromium and its driver.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.project import ROOT, end_at_once, enter_environment

PICTURES = ROOT / "docs" / "pictures"


def parse_arguments() -> argparse.Namespace:
    """Read the command line; no package is imported for that."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("run", nargs="?", type=Path, metavar="RUN", help="a finished run, which spares the training")
    parser.add_argument("--debug", action="store_true", help="show a traceback for every error")
    return parser.parse_args()


def main() -> int:
    """Run the command; return the exit code."""
    arguments = parse_arguments()
    end_at_once()
    enter_environment()
    from scripts.commands.guard import guarded, hear_interrupts

    hear_interrupts()
    return guarded(lambda: take_pictures(arguments.run), arguments.debug)


def take_pictures(finished: Path | None) -> int:
    """Train unless there is a `finished` run, show, photograph. Raises RunError."""
    from experiment.run.exit_codes import DONE, WRONG_STUDY, RunError
    from experiment.run.opening import open_run
    from scripts.browser.chromium import missing_programs
    from scripts.browser.photographs import photograph_report, photograph_tensorboard

    chosen = finished and open_run(finished).root
    if missing := missing_programs():
        cause = f"{' and '.join(missing)}: not found"
        raise RunError(WRONG_STUDY, f"{cause}; install Chromium and its driver, then run this again")
    with tempfile.TemporaryDirectory() as folder:
        run = chosen or train(folder)
        for photograph, name in ((photograph_tensorboard, "tensorboard.png"), (photograph_report, "report.png")):
            picture = PICTURES / name
            photograph(run, picture)
            print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size / 1000:.0f} kB")
    return DONE


def train(root: str) -> Path:
    """Run the default study under `root`; return the directory of the run."""
    subprocess.run([sys.executable, ROOT / "scripts" / "train.py", f"output.root={root}"], check=True, cwd=ROOT)
    return next((Path(root) / "breast_cancer").iterdir())


if __name__ == "__main__":
    sys.exit(main())
