"""Train a study on more and more of its training rows, all sizes at once."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.project import end_at_once, enter_environment
from scripts.study_words import add_resume, refuse_files, study_parser

EXAMPLES = """examples:
  python scripts/learning_curve.py                                            the default study
  python scripts/learning_curve.py my_study.yaml framework=lightning --sizes 0.05 0.1 0.2 0.4 0.8 1
  python scripts/learning_curve.py --resume runs/breast_cancer/2026-11-23_10-15-30
a run with learning_curve.json and .csv, and a learning_curve.png of each framework, besides the results of all rows
exit codes: those of train.py"""


def parse_arguments() -> argparse.Namespace:
    """Read the command line; no package is imported for that."""
    parser = study_parser("learning_curve.py", __doc__, EXAMPLES)
    add = add_resume(parser, "RUN", "go on with the run in this directory")
    add("--sizes", nargs="+", metavar="SHARE", help="of the training rows; 0.1 0.25 0.5 0.75 1 if not given")
    arguments = parser.parse_intermixed_args()
    given = arguments.sizes or []
    arguments.sizes = [float(word) for word in given if is_number(word)]
    arguments.study += [word for word in given if not is_number(word)]  # what stands behind the sizes
    refuse_files(parser, arguments)
    return arguments


def is_number(word: str) -> bool:
    """Whether a word of the command line is a size."""
    try:
        float(word)
    except ValueError:
        return False
    return True


def main() -> int:
    """Run the command; return the exit code."""
    arguments = parse_arguments()
    end_at_once()
    enter_environment()
    from scripts.commands.learning_curve import run_learning_curve

    return run_learning_curve(arguments)


if __name__ == "__main__":
    sys.exit(main())
