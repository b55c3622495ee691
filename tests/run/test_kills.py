#!/usr/bin/env python3
"""Runs that are killed at random times and go on elsewhere give the result of one process.

Every kill is a SIGKILL: of one rank, of the launcher, or of all at once (a machine that loses its
power). Ranks, vector instructions, intervals of checkpoints, shards and times of kills are drawn
from SEED (default 1). KILLS (default 12) says how many kills the test of the matrix makes.
"""

import filecmp
import glob
import os
import random
import signal
import subprocess
import sys
import time
import unittest

import fulcrum

SEED = int(os.environ.get("SEED", "1"))
KILLS = int(os.environ.get("KILLS", "12"))
STUDY = os.path.join(fulcrum.INPUTS, "first_study.yaml")
SAMPLES = 150037  # not whole blocks
STOPPED = 75
BLOCK = 192


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


class Job:
    """A run in a session of its own, so that all its processes can be found and killed."""

    def __init__(self, *arguments, ranks=1, isa=None, cwd=None):
        command = [fulcrum.PROGRAM, *map(str, arguments)]
        if ranks > 1:
            command = [MPIRUN, "-n", str(ranks), *command]
        environment = fulcrum.environment(**{**ENVIRONMENT, "FULCRUM_ISA": isa})
        self.begin = time.monotonic()
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, cwd=cwd,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        start_new_session=True, encoding="utf-8", errors="replace")

    def members(self, name=None):
        """Living processes of the session, perhaps only those of this program."""
        found = []
        for path in glob.glob("/proc/[0-9]*/stat"):
            try:
                with open(path, encoding="utf-8", errors="replace") as file:
                    text = file.read()
            except OSError:
                continue
            command = text[text.index("(") + 1:text.rindex(")")]
            state, _, _, session = text[text.rindex(")") + 2:].split()[:4]
            if int(session) == self.process.pid and state != "Z" and name in (None, command):
                found.append(int(path.split("/")[2]))
        return sorted(found)

    def ranks(self):
        """Numbers of the ranks' processes."""
        return self.members("fulcrum")

    def signal(self, number, pids):
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
        self.signal(signal.SIGKILL, pids)

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
            self.signal(signal.SIGKILL, self.members())
        return self.process.returncode, said

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

    def whole(self, samples=SAMPLES):
        """The result of one process that nobody disturbed."""
        if samples not in self.wholes:
            path = self.path(f"whole-{samples}.h5")
            begin = time.monotonic()
            fulcrum.must("run", STUDY, "-n", samples, "-q", "-o", path, **ENVIRONMENT)
            self.seconds[samples] = time.monotonic() - begin
            self.wholes[samples] = path
        return self.wholes[samples]

    def same(self, path, samples=SAMPLES):
        """Equal bytes, and nothing left of what was needed on the way."""
        self.assertTrue(filecmp.cmp(path, self.whole(samples), shallow=False), path)
        self.assertEqual([name for name in glob.glob(path + "*") if "checkpoint" in name
                          and "partial" not in name], [])

    def start(self, path, *arguments, samples=SAMPLES, **settings):
        """The job that computes, or goes on with, the result `path`."""
        job = Job("run", STUDY, "-n", samples, "-q", "-o", path, "--resume", *arguments, **settings)
        self.addCleanup(lambda: job.signal(signal.SIGKILL, job.members()))
        return job

    def finish(self, path, *arguments, **settings):
        """The same, to its end."""
        code, said = self.start(path, *arguments, **settings).end()
        self.assertEqual((code, said), (0, ""))


class Kills(Case):
    """SIGKILL at random times."""

    def test_seven_ranks_killed_three_times_and_resumed_on_three_give_the_result_of_one(self):
        path = self.path("seven.h5")
        for _ in range(3):
            saved = self.saved(path)
            job = self.start(path, "--checkpoint", 4000, ranks=7)
            self.assertTrue(job.wait_until(lambda: self.saved(path) != saved), "no checkpoint")
            job.kill("rank", self.draws)
            self.assertNotEqual(job.end()[0], 0)
            self.assertFalse(os.path.exists(path))
        self.finish(path, ranks=3)
        self.same(path)

    @staticmethod
    def saved(path):
        """What tells one checkpoint from another."""
        try:
            about = os.stat(path + ".checkpoint")
            return about.st_ino, about.st_mtime_ns
        except FileNotFoundError:
            return None

    def setting(self):
        """Who goes on, and how often it saves."""
        return ({"ranks": self.draws.choice((1, 2, 3, 7, 16)),
                 "isa": self.draws.choice(("generic", "v3", "v4"))},
                ("--checkpoint", self.draws.choice((BLOCK, 2000, 10000, 40000, "0.1s", 0))))

    def disturb(self, path, counts, *arguments, samples=SAMPLES):
        """One run that is killed, if it does not end before."""
        settings, interval = self.setting()
        how = self.draws.choice(("rank", "launcher", "all"))
        self.whole(samples)
        job = self.start(path, *arguments, *interval, samples=samples, **settings)
        starts = 0.05 + 0.03 * settings["ranks"]
        job.wait_until(lambda: False, self.draws.uniform(starts / 2, starts + self.seconds[samples]))
        job.kill(how, self.draws)
        code, said = job.end()
        key = ("too late" if code == 0 else "in a write" if glob.glob(path + "*.partial-*") else
               "with a checkpoint" if self.saved(path) else "before a checkpoint")
        counts[key] = counts.get(key, 0) + 1
        for name in glob.glob(path + "*.partial-*"):
            os.remove(name)
        self.assertNotIn("fulcrum run:", said.replace("fulcrum run: warning", ""))

    def undisturbed(self, path, *arguments, samples=SAMPLES):
        """The last run of a story."""
        settings, interval = self.setting()
        self.finish(path, *arguments, *interval, samples=samples, **settings)

    def story(self, number, counts):
        """A result, killed some times on the way, whole or extended from a shorter one."""
        path = self.path(f"story-{number}.h5")
        extended = self.draws.random() < 0.3
        if extended:
            shorter = self.draws.choice((1, 191, 192, 50000, 100032))
            fulcrum.must("run", STUDY, "-n", shorter, "-q", "-o", path, **ENVIRONMENT)
        arguments = ("--extend",) if extended else ()
        kills = self.draws.randint(2, 4)
        for _ in range(kills):
            self.disturb(path, counts, *arguments)
        self.undisturbed(path, *arguments)
        self.same(path)
        return kills

    def test_matrix_of_kills(self):
        counts = {}
        number = 0
        while counts.get("too late", 0) * -1 + sum(counts.values()) < KILLS:
            number += 1
            with self.subTest(seed=SEED, story=number):
                self.story(number, counts)
        print(f"seed {SEED}, {number} results, kills: {counts}", file=sys.stderr)


if __name__ == "__main__":
    print(f"seed {SEED}", file=sys.stderr)
    unittest.main(verbosity=2)
