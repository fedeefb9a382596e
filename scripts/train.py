"""Train a study in PyTorch Lightning and in tf.keras, all folds at once."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.project import end_at_once, enter_environment
from scripts.study_words import add_resume, refuse_files, study_parser

EXAMPLES = """examples:
  python scripts/train.py                                             the default study, configs/breast_cancer.yaml
  python scripts/train.py configs/mnist.yaml framework=lightning model.dropout=0.3
  python scripts/train.py data.source=patients.csv data.target=relapse folds.splits=5
  python scripts/train.py --resume runs/breast_cancer/2026-11-23_10-15-30
  python scripts/train.py --resume runs/breast_cancer/2026-11-23_10-15-30 training.devices=2    on other devices
exit codes: 0 done, 1 some folds failed, 2 the study or the data is wrong, 70 numerical failure,
  73 cannot create, 74 cannot write, 75 already running, 129 hung up, 130 interrupted, 143 terminated,
  137 killed, as a process is when memory runs out"""


def parse_arguments() -> argparse.Namespace:
    """Read the command line; no package is imported for that."""
    parser = study_parser("train.py", __doc__, EXAMPLES)
    add = add_resume(parser, "RUN", "go on with the run in this directory")
    add("--print-config", action="store_true", help="show the whole study, and train nothing")
    add("--print-schema", action="store_true", help="show the JSON Schema of a study")
    add("--dry-run", action="store_true", help="read the data, show the table and the folds, and train nothing")
    arguments = parser.parse_intermixed_args()
    refuse_files(parser, arguments)
    return arguments


def main() -> int:
    """Run the command; return the exit code."""
    arguments = parse_arguments()
    end_at_once()
    enter_environment()
    from scripts.commands.train import run_command

    return run_command(arguments)


if __name__ == "__main__":
    sys.exit(main())
