"""A real SLURM of two nodes on this machine, without accounts: `slurmctld`, `munged`, and a `slurmd` for each node."""

import os
import shutil
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

from processes import wait_until

NODES = ("node1", "node2")
CORES = 4
CONF = """
ClusterName=twinfold
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# A task that is requeued waits for as long as its credential is good.
AuthInfo=socket={folder}/munge/socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory,CR_LLN
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,batch_sched_delay=0,sched_min_interval=0,bf_interval=1
DefMemPerCPU=100
MaxArraySize={most}
ReturnToService=2
KillWait=10
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
NodeName=node1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs={cores} RealMemory=4000
NodeName=node2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs={cores} RealMemory=4000
PartitionName=all Nodes=node1,node2 Default=YES PriorityTier=1 GraceTime=10
PartitionName=first Nodes=node1,node2 PriorityTier=2
PartitionName=closed Nodes=node1,node2 State=DOWN
"""
MOST_TASKS = 4
"""In an array of this cluster."""


def why_not() -> str:
    """Why no SLURM can be started here; empty if it can."""
    missing = [name for name in ("munged", "slurmctld", "slurmd", "sbatch", "unshare") if _found(name) is None]
    if missing:
        return f"{', '.join(missing)} not installed (Debian: slurmctld slurmd slurm-client munge)"
    if os.geteuid():
        return "a SLURM is started by root alone"
    tried = subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "true"], capture_output=True, text=True)
    return f"no process may have numbers of its own here ({tried.stderr.strip()})" if tried.returncode else ""


class Cluster:
    """It runs from `start` to `stop`, in an empty `folder`; `SLURM_CONF` is its `conf`."""

    def __init__(self, folder: Path) -> None:
        """Nothing has started yet."""
        self.folder, self.conf = folder, folder / "slurm.conf"
        self.daemons: dict[str, subprocess.Popen] = {}

    def start(self) -> None:
        """Start the daemons, and wait until both nodes take tasks."""
        (self.folder / "munge").mkdir(mode=0o755)
        (self.folder / "state").mkdir()
        (self.folder / "munge" / "key").write_bytes(os.urandom(1024))
        (self.folder / "munge" / "key").chmod(0o400)
        host = socket.gethostname().partition(".")[0]
        known = {"folder": self.folder, "host": host, "ports": free_ports(3), "cores": CORES, "most": MOST_TASKS}
        self.conf.write_text(CONF.format(**known))
        files = {"key-file": "key", "socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
        words = [f"--{name}={self.folder / 'munge' / file}" for name, file in files.items()]
        self._begin("munged", "munged", "--foreground", "--force", *words)
        wait_until((self.folder / "munge" / "socket").exists)
        self._begin("slurmctld", "slurmctld", "-D")
        for node in NODES:
            self.boot(node)
        wait_until(lambda: self.asked("sinfo", "--noheader", "--partition=all", "--format=%t") == "idle\n")

    def boot(self, node: str) -> None:
        """Start a node: a `slurmd` whose processes see none but their own, and end with it."""
        self._begin(node, *("unshare", "--pid", "--fork", "--mount-proc", "--kill-child"), "slurmd", "-D", "-N", node)

    def lose(self, node: str) -> None:
        """End a node as if its power went: at once, with all processes on it. SLURM is told, and need not find out."""
        one = self.daemons.pop(node)
        children = Path(f"/proc/{one.pid}/task/{one.pid}/children").read_text().split()
        for child in map(int, children):
            os.kill(child, signal.SIGKILL)
        one.wait()
        self.asked("scontrol", "update", f"nodename={node}", "state=down", "reason=lost")

    def asked(self, *words: str) -> str:
        """What a command of this SLURM prints."""
        own = os.environ | {"SLURM_CONF": str(self.conf)}
        return subprocess.run([_found(words[0]), *words[1:]], capture_output=True, text=True, env=own).stdout

    def jobs(self, *words: str) -> str:
        """The numbers of the tasks in the queue, their states and nodes, a line each; `words` ask for others."""
        return self.asked("squeue", "--noheader", "--all", "--array", "--format=%i %T %N", *words)

    def stop(self) -> None:
        """End all tasks and daemons."""
        for node in NODES:
            if node in self.daemons:
                self.lose(node)
        for one in self.daemons.values():
            one.terminate()
        for one in self.daemons.values():
            with suppress(subprocess.TimeoutExpired):
                one.wait(10)
            one.kill()
            one.wait()

    def _begin(self, name: str, command: str, *words: str) -> None:
        own = os.environ | {"SLURM_CONF": str(self.conf)}
        with (self.folder / f"{name}.out").open("ab") as file:
            pipes = {"stdin": subprocess.DEVNULL, "stdout": file, "stderr": file}
            self.daemons[name] = subprocess.Popen(
                [_found(command), *words], env=own, start_new_session=True, cwd=self.folder, **pipes
            )


def free_ports(number: int) -> list[int]:
    """Ports that nothing listens on now."""
    with_sockets = [socket.socket() for _ in range(number)]
    for one in with_sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in with_sockets]
    for one in with_sockets:
        one.close()
    return ports


def _found(name: str) -> str | None:
    """The path of a command, also of one that only root has in its `PATH`."""
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
