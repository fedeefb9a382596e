"""Re-evaluate finished runs from their predictions, in seconds and without a framework."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.project import end_at_once, enter_environment

EXAMPLES = """examples:
  python scripts/evaluate.py runs/breast_cancer/2026-11-23_10-15-30                              as its study says
  python scripts/evaluate.py runs/breast_cancer/2026-11-23_10-15-30 evaluation.threshold=f1      by another rule
  python scripts/evaluate.py runs/breast_cancer/*                                                several runs
  python scripts/evaluate.py runs/breast_cancer/2026-11-23_10-15-30 --explain                    which columns matter
  python scripts/evaluate.py runs/breast_cancer/2026-11-23_10-15-30 --figures paper --format pdf  for a paper
writes metrics.json, the event files, report.html and report.md anew; study.yaml stays as it is
exit codes: 0 done, 1 some folds failed, 2 the run or an override is wrong, 70 all folds failed, 73 not a run,
  74 cannot write, 75 already running; of several runs the largest"""


def parse_arguments() -> argparse.Namespace:
    """Read the command line; no package is imported for that."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        usage="evaluate.py [options] RUN [RUN ...] [evaluation.KEY=value ...]",
    )
    parser.add_argument("words", nargs="+", metavar="RUN evaluation.KEY=value", help="runs, and how to evaluate them")
    parser.add_argument(
        "--explain", action="store_true", help="measure the importance of all columns first, with the networks"
    )
    parser.add_argument(
        "--figures", type=Path, metavar="DIR", help="also write every figure of every learner to a file in DIR"
    )
    parser.add_argument("--format", choices=("pdf", "png", "svg"), default="pdf", help="of the figures (default: pdf)")
    parser.add_argument("--debug", action="store_true", help="show a traceback for every error")
    arguments = parser.parse_intermixed_args()
    arguments.runs = [Path(word) for word in arguments.words if "=" not in word]
    arguments.overrides = [word for word in arguments.words if "=" in word]
    if not arguments.runs:
        parser.error("name a run: runs/<study>/<run>")
    if arguments.figures and len(arguments.runs) > 1:
        parser.error("--figures: takes one run, since all have figures of the same names")
    return arguments


def main() -> int:
    """Run the command; return the exit code."""
    arguments = parse_arguments()
    end_at_once()
    enter_environment()
    from scripts.commands.evaluate import run_evaluation

    return run_evaluation(arguments)


if __name__ == "__main__":
    sys.exit(main())
