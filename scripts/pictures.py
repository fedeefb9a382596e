"""Make the README's pictures of TensorBoard and of the page: train the default study and photograph what it shows.

Usage: python scripts/pictures.py [RUN]. Needs Chromium and its driver; RUN spares the training.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.project import ROOT, enter_environment

PICTURES = ROOT / "docs" / "pictures"


def main() -> None:
    """Train if need be, show, photograph."""
    enter_environment()
    from scripts.browser import missing_programs
    from scripts.photographs import photograph_report, photograph_tensorboard

    if missing := missing_programs():
        sys.exit(f"{' and '.join(missing)}: not found; install Chromium and its driver, then run this again")
    with tempfile.TemporaryDirectory() as folder:
        run = Path(sys.argv[1]) if len(sys.argv) > 1 else train(folder)
        for photograph, name in ((photograph_tensorboard, "tensorboard.png"), (photograph_report, "report.png")):
            picture = PICTURES / name
            photograph(run, picture)
            print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size / 1000:.0f} kB")


def train(root: str) -> Path:
    """Run the default study under `root`; return the directory of the run."""
    subprocess.run([sys.executable, ROOT / "scripts" / "train.py", f"output.root={root}"], check=True, cwd=ROOT)
    return next((Path(root) / "breast_cancer").iterdir())


if __name__ == "__main__":
    main()
