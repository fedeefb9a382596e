"""Commands of SLURM that run a job array on this machine: `sbatch`, `srun`, `scancel`, `scontrol`, `squeue`.

A task gets the variables that a real one sets; as there, one that is set already is a task that cannot start.
"""

import os
import sys
from pathlib import Path

COMMAND = """#!{python}
import json, os, re, signal, subprocess, sys, time
from pathlib import Path
here = Path({here!r})
name, words = Path(sys.argv[0]).name, sys.argv[1:]
SILENT = {{"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}}

def alive(task):
    try:
        os.kill(int(task.read_text()), 0)
        return "Z" not in Path(f"/proc/{{task.read_text()}}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False

def begin(task, script, own):
    started = subprocess.Popen(["bash", script], env=os.environ | own, start_new_session=True, **SILENT)
    (here / "new").write_text(str(started.pid))
    (here / "new").rename(here / f"task_{{task}}")

if name == "sbatch":
    job = str(77 + len([*here.glob("script_*")]))
    script = here / f"script_{{job}}.sh"
    script.write_text(Path(words[-1]).read_text())
    (here / "submitted.json").write_text(json.dumps(dict(os.environ)))
    array = re.search(r"--array=0-(\\d+)", script.read_text())
    for task in range(int(array[1]) + 1) if array else [None]:
        own = {{"SLURM_JOB_ID": job, "SLURM_NTASKS": "1", "SLURM_PROCID": "0", "SLURM_LOCALID": "0",
               "SLURM_NODEID": "0", "SLURM_JOB_NUM_NODES": "1", "SLURM_CPUS_PER_TASK": "2"}}
        if task is not None:
            own |= {{"SLURM_ARRAY_JOB_ID": job, "SLURM_ARRAY_TASK_ID": str(task)}}
        if both := [name for name in own if name in os.environ]:
            sys.exit(f"srun: fatal: {{both}} set by two different environment variables")
        begin(job if task is None else f"{{job}}_{{task}}", script, own)
    print(f"Submitted batch job {{job}}")
elif name == "srun":
    rest = words[words.index("--cpus-per-task=2") + 1 :]
    os.execvp(rest[0], rest)
elif name == "scancel":
    for task in [here / f"task_{{word}}" for word in words]:
        if alive(task):
            (here / f"cancelled_{{task.name}}").touch()
            os.killpg(int(task.read_text()), signal.SIGTERM)
elif name == "scontrol":
    assert words[0] == "requeue"
    (here / f"queued_{{words[1]}}").touch()
    subprocess.Popen([sys.executable, here / "later", words[1]], start_new_session=True, **SILENT)
elif name == "later":
    while alive(here / f"task_{{words[0]}}"):
        time.sleep(0.05)
    begin(words[0], here / f"script_{{words[0].partition('_')[0]}}.sh", {{}})
    (here / f"queued_{{words[0]}}").unlink()
elif name == "squeue":
    for task in here.glob("task_*"):
        number = task.name.removeprefix("task_")
        over = "CANCELLED" if (here / f"cancelled_{{task.name}}").exists() else "COMPLETED"
        state = "PENDING" if (here / f"queued_{{number}}").exists() else "RUNNING" if alive(task) else over
        print(f"{{number}}|{{state}}|None")
"""


def slurm_here(folder: Path) -> Path:
    """Make the commands in `folder`, for `PATH`, and return it."""
    folder.mkdir()
    for name in ("sbatch", "srun", "scancel", "scontrol", "later", "squeue"):
        (folder / name).write_text(COMMAND.format(python=sys.executable, here=str(folder)))
        os.chmod(folder / name, 0o755)
    return folder
