"""Runs that tests disturb: jobs whose processes can be found, and results to compare with.

SEED (default 1) is that of all random choices.
"""

import filecmp
import itertools
import os
import random
import signal
import subprocess
import time
import unittest

import fulcrum

SEED = int(os.environ.get("SEED", "1"))
STUDY = os.path.join(fulcrum.INPUTS, "first_study.yaml")
SAMPLES = 80037  # not whole blocks
STOPPED = 75
BLOCK = 192
KEPT = ("--samples", "--keep", "*/leverage_ratio")


def mpirun():
    """The launcher of the MPI that the program is built with."""
    linked = subprocess.run(["ldd", fulcrum.PROGRAM], capture_output=True, text=True, check=True)
    name = "mpirun.mpich" if "mpich" in linked.stdout else "mpirun.openmpi"
    return name if any(os.access(os.path.join(folder, name), os.X_OK)
                       for folder in os.get_exec_path()) else "mpirun"


ENVIRONMENT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
               "OMPI_MCA_rmaps_base_oversubscribe": "1", "HWLOC_COMPONENTS": "-gl",
               "OMPI_MCA_pml": os.environ.get("OMPI_MCA_pml", "ob1"),
               "FULCRUM_ISA": None, "FULCRUM_MPI": None}
MPIRUN = mpirun()


def samples_of(path):
    """The file of kept samples beside a result."""
    return path[:-len(".h5")] + ".samples.h5"


def of_process(pid, name):
    """A file about a process; empty if it has ended."""
    try:
        with open(f"/proc/{pid}/{name}", encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def rank_of(pid):
    """What the launcher told a process; 0 without launcher."""
    for entry in of_process(pid, "environ").split("\0"):
        if entry.startswith(("OMPI_COMM_WORLD_RANK=", "PMI_RANK=")):
            return int(entry.split("=")[1])
    return 0


def catches(pid, number):
    """Does the process handle this signal?"""
    for line in of_process(pid, "status").splitlines():
        if line.startswith("SigCgt:"):
            return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    return False


class Job:
    """A run whose processes can all be found and killed: they have a mark in their environment."""

    numbers = itertools.count()

    def __init__(self, *arguments, ranks=1, isa=None):
        command = [fulcrum.PROGRAM, *map(str, arguments)]
        if ranks > 1:
            command = [MPIRUN, "-n", str(ranks), *command]
        self.mark = f"FULCRUM_TEST_JOB={os.getpid()}-{next(self.numbers)}"
        environment = fulcrum.environment(**{**ENVIRONMENT, "FULCRUM_ISA": isa,
                                             "FULCRUM_TEST_JOB": self.mark.split("=")[1]})
        # pylint: disable=consider-using-with, subprocess-popen-preexec-fn
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        start_new_session=True, encoding="utf-8", errors="replace",
                                        preexec_fn=lambda: signal.signal(signal.SIGINT,
                                                                         signal.SIG_DFL))

    def members(self, name=None):
        """Its living processes, perhaps only those of this program."""
        return [int(pid) for pid in filter(str.isdigit, os.listdir("/proc"))
                if self.mark in of_process(pid, "environ").split("\0")
                and name in (None, of_process(pid, "comm").strip())]

    def ranks(self):
        """Numbers of the ranks' processes, in order of ranks."""
        return sorted(self.members("fulcrum"), key=rank_of)

    def ready(self, count):
        """Waits until so many ranks catch signals, which is where their work begins."""
        def caught():
            pids = self.ranks()
            return len(pids) == count and all(catches(pid, signal.SIGUSR2) for pid in pids)
        return self.wait_until(caught)

    @staticmethod
    def signal(number, *pids):
        """Some may have ended already."""
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def kill(self, how, draws):
        """One rank, the launcher, or everything."""
        ranks = self.ranks()
        pids = {"rank": [draws.choice(ranks)] if ranks else [], "launcher": [self.process.pid],
                "all": self.members()}[how]
        self.signal(signal.SIGKILL, *pids)

    def end(self, seconds=100):
        """Waits; gives the exit code and what was said. Nothing of the job is left then."""
        try:
            said = self.process.communicate(timeout=seconds)[1]
            end = time.monotonic() + 20
            while self.members() and time.monotonic() < end:
                time.sleep(0.01)
            if self.members():
                raise AssertionError("ranks go on without their launcher")
        finally:
            self.signal(signal.SIGKILL, *self.members())
        return self.process.returncode, said

    def end_after_kill(self):
        """As `end`, but the launcher may hang when all ranks are gone: once in a hundred times Open
        MPI 4.1's waits for itself in PMIx_server_finalize."""
        self.wait_until(lambda: False, 5)
        if not self.ranks():
            self.signal(signal.SIGKILL, *self.members())
        return self.end()

    def wait_until(self, condition, seconds=30):
        """Until the condition holds; false if the job ended or the time passed before."""
        end = time.monotonic() + seconds
        while not condition():
            if self.process.poll() is not None or time.monotonic() > end:
                return False
            time.sleep(0.003)
        return True


class Case(unittest.TestCase):
    """A folder, and the results of one process to compare with."""

    study = STUDY

    @classmethod
    def setUpClass(cls):
        folder = fulcrum.folder()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.wholes = {}
        cls.seconds = {}

    def setUp(self):
        self.draws = random.Random(f"{SEED} {self.id()}")

    def path(self, name):
        """A file of this test's."""
        return os.path.join(self.folder, name)

    def whole(self, samples=SAMPLES, kept=()):
        """The result of one process that nobody disturbed; `kept`: options to keep samples."""
        if (samples, kept) not in self.wholes:
            path = self.path(f"whole-{samples}{'-kept' if kept else ''}.h5")
            begin = time.monotonic()
            fulcrum.must("run", self.study, "-n", samples, "-q", "-o", path, *kept, **ENVIRONMENT)
            self.seconds[samples] = time.monotonic() - begin
            self.wholes[samples, kept] = path
        return self.wholes[samples, kept]

    def same(self, path, samples=SAMPLES, kept=()):
        """Equal bytes, and nothing left of what was needed on the way."""
        whole = self.whole(samples, kept)
        self.assertTrue(filecmp.cmp(path, whole, shallow=False), path)
        if kept:
            self.assertTrue(filecmp.cmp(samples_of(path), samples_of(whole), shallow=False), path)
        needed = [path + kind for kind in (".checkpoint", ".checkpoint.previous", ".stop")]
        needed.append(samples_of(path)[:-len(".h5")] + ".partial")
        self.assertEqual([name for name in needed if os.path.exists(name)], [])

    def start(self, path, *arguments, samples=SAMPLES, **settings):
        """The job that computes, or goes on with, the result `path`."""
        job = Job("run", self.study, "-n", samples, "-q", "-o", path, "--resume", *arguments,
                  **settings)
        self.addCleanup(lambda: job.signal(signal.SIGKILL, *job.members()))
        return job

    def finish(self, path, *arguments, **settings):
        """The same, to its end."""
        code, said = self.start(path, *arguments, **settings).end()
        self.assertEqual((code, said), (0, ""))

    @staticmethod
    def saved(path):
        """What tells one checkpoint from another; None without one."""
        for name in (path + ".checkpoint", path + ".checkpoint.previous"):
            try:  # while one is saved, it is not there for a moment: the one before it is
                about = os.stat(name)
            except FileNotFoundError:
                continue
            return about.st_ino, about.st_mtime_ns
        return None
