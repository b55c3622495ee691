#!/usr/bin/env python3
"""Runs that are killed at random times and go on elsewhere give the result of one process.

Every kill is a SIGKILL: of one rank, of the launcher, or of all at once (a machine that loses its
power). Ranks, vector instructions, intervals of checkpoints, shards and times of kills are drawn
from SEED (default 1). KILLS (default 12) says how many kills the test of the matrix makes.
"""

import filecmp
import glob
import itertools
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

import fulcrum

SEED = int(os.environ.get("SEED", "1"))
KILLS = int(os.environ.get("KILLS", "12"))
STUDY = os.path.join(fulcrum.INPUTS, "first_study.yaml")
SAMPLES = 80037  # not whole blocks
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
    """A run in a session of its own, so that all its processes can be found and killed."""

    def __init__(self, *arguments, ranks=1, isa=None):
        command = [fulcrum.PROGRAM, *map(str, arguments)]
        if ranks > 1:
            command = [MPIRUN, "-n", str(ranks), *command]
        environment = fulcrum.environment(**{**ENVIRONMENT, "FULCRUM_ISA": isa})
        # pylint: disable=consider-using-with, subprocess-popen-preexec-fn
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        start_new_session=True, encoding="utf-8", errors="replace",
                                        preexec_fn=lambda: signal.signal(signal.SIGINT,
                                                                         signal.SIG_DFL))

    def members(self, name=None):
        """Living processes of the session, perhaps only those of this program."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            before, _, after = of_process(pid, "stat").rpartition(")")
            state, _, _, session = (after or "Z 0 0 0").split()[:4]
            if (int(session) == self.process.pid and state != "Z"
                    and name in (None, before.partition("(")[2])):
                found.append(int(pid))
        return found

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
        """Equal bytes, and no checkpoint left."""
        self.assertTrue(filecmp.cmp(path, self.whole(samples), shallow=False), path)
        self.assertEqual([kind for kind in (".checkpoint", ".checkpoint.previous", ".stop")
                          if os.path.exists(path + kind)], [])

    def start(self, path, *arguments, samples=SAMPLES, **settings):
        """The job that computes, or goes on with, the result `path`."""
        job = Job("run", STUDY, "-n", samples, "-q", "-o", path, "--resume", *arguments, **settings)
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
            if os.path.exists(name):
                return os.stat(name).st_ino, os.stat(name).st_mtime_ns
        return None


class Kills(Case):
    """SIGKILL at random times."""

    counts = {}  # what was there when it came

    def setUp(self):
        super().setUp()
        self.counts.clear()
        self.numbers = itertools.count()

    def setting(self):
        """Who goes on, and how often it saves."""
        return ({"ranks": self.draws.choice((1, 2, 3, 7, 16)),
                 "isa": self.draws.choice(("generic", "v3", "v4"))},
                ("--checkpoint", self.draws.choice((BLOCK, 2000, 10000, 40000, "0.1s", 0))))

    def kills(self):
        """How many came in time."""
        return sum(self.counts.values()) - self.counts.get("too late", 0)

    def disturb(self, path, *arguments, share=1):
        """A run that is killed, unless it ends before; `share` of the whole is to do."""
        settings, interval = self.setting()
        how = self.draws.choice(("rank", "launcher", "all"))
        self.whole()
        before = set(glob.glob(path + "*.partial-*"))
        job = self.start(path, *arguments, *interval, **settings)
        starts = 0.05 + 0.03 * settings["ranks"]
        seconds = self.draws.uniform(starts / 2, starts + share * self.seconds[SAMPLES])
        job.wait_until(lambda: False, seconds)
        job.kill(how, self.draws)
        code, said = job.end()
        key = ("too late" if code == 0 else
               "in a write" if set(glob.glob(path + "*.partial-*")) - before else
               "with a checkpoint" if self.saved(path) else "without a checkpoint")
        self.counts[key] = self.counts.get(key, 0) + 1
        self.assertNotIn("fulcrum run:", said)

    def undisturbed(self, path, *arguments):
        """The last run of a story."""
        settings, interval = self.setting()
        self.finish(path, *arguments, *interval, **settings)

    def one_result(self, path):
        """A result, killed some times on the way."""
        for _ in range(self.draws.randint(2, 4)):
            self.disturb(path)
            if os.path.exists(path):
                self.same(path)
        self.undisturbed(path)
        self.same(path)

    def one_extended(self, path):
        """The same from a shorter result, which stays until the longer one is there."""
        shorter = self.draws.choice((1, BLOCK - 1, BLOCK, 30000, SAMPLES - 1))
        shutil.copy(self.whole(shorter), path)
        for _ in range(self.draws.randint(1, 3)):
            self.disturb(path, "--extend")
            if not filecmp.cmp(path, self.whole(shorter), shallow=False):
                self.same(path)
        self.undisturbed(path, "--extend")
        self.same(path)

    def one_of_shards(self, path):
        """The same from parts, joined in any order and any tree."""
        count = self.draws.randint(2, 5)
        parts = [f"{path}.{k}" for k in range(1, count + 1)]
        for k, part in enumerate(parts, 1):
            shard = ("--shard", f"{k}/{count}")
            if self.draws.random() < 0.7:
                self.disturb(part, *shard, share=1 / count)
            self.undisturbed(part, *shard)
        while len(parts) > 1:
            self.draws.shuffle(parts)
            some = self.draws.randint(2, len(parts))
            last = some == len(parts)
            joined = path if last else f"{path}.joined-{len(parts)}"
            fulcrum.must("merge", *parts[:some], "-o", joined, *([] if last else ["--partial"]))
            parts[:some] = [joined]
        self.same(path)

    def until(self, kills, *stories):
        """Stories until so many kills were made."""
        while self.kills() < kills:
            number = next(self.numbers)
            with self.subTest(seed=SEED, story=number):
                self.draws.choice(stories)(self.path(f"{number}.h5"))
        print(f"seed {SEED}, {next(self.numbers)} results, kills: {self.counts}", file=sys.stderr)

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

    def test_matrix_of_kills(self):
        self.until(KILLS, self.one_result, self.one_extended, self.one_of_shards)


class Signals(Case):
    """Asked to stop, a run saves and says so; whatever it was doing, it goes on exactly."""

    def ask(self, name, ranks, number, to):
        """Starts a run far from its end and sends the signal to "launcher" or to a rank."""
        job = self.start(self.path(name), ranks=ranks, samples=10**8)
        self.assertTrue(job.ready(ranks))
        job.signal(number, job.process.pid if to == "launcher" else job.ranks()[to])
        return job

    def stopped(self, job, name, codes=(STOPPED,)):
        """It saved, and goes on to a nearer end; gives what was said."""
        path = self.path(name)
        code, said = job.end()
        self.assertIn(code, codes, said)
        self.assertFalse(os.path.exists(path))
        self.assertTrue(os.path.exists(path + ".checkpoint"), said)
        done = re.search(r"after (\d+) of 100000000 samples", said)
        self.assertTrue(done, said)
        samples = max(20037, int(done.group(1)) + 1037)
        self.finish(path, samples=samples)
        self.same(path, samples)
        return said

    def test_each_signal_stops_a_process_without_launcher(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2):
            with self.subTest(number.name):
                said = self.stopped(self.ask("alone.h5", 1, number, 0), "alone.h5")
                self.assertIn(f"stopped by {number.name} after", said)
                self.assertIn("--resume", said)
                self.assertEqual(said.count("\n"), 1)
                os.remove(self.path("alone.h5"))

    def test_each_signal_to_any_one_rank_or_the_launcher_stops_all(self):
        jobs = []
        for number, to in ((signal.SIGTERM, self.draws.randrange(2)),
                           (signal.SIGINT, self.draws.randrange(2)),
                           (signal.SIGUSR1, self.draws.randrange(2)),
                           (signal.SIGUSR2, self.draws.randrange(2)),
                           (signal.SIGUSR1, "launcher"), (signal.SIGUSR2, "launcher")):
            name = f"{number.name}-to-{to}.h5"
            jobs.append((name, self.ask(name, 2, number, to)))
        for name, job in jobs:
            with self.subTest(name):
                self.assertEqual(self.stopped(job, name).count("fulcrum run: stopped"), 1)

    def test_launcher_that_is_terminated_leaves_time_to_save(self):
        """mpirun waits a second, sends SIGTERM, kills a second later, and gives a code of its own."""
        self.stopped(self.ask("terminated.h5", 2, signal.SIGTERM, "launcher"), "terminated.h5",
                     range(1, 256))

    def test_stop_file(self):
        for ranks in (1, 3):
            path = self.path(f"file-{ranks}.h5")
            with open(path + ".stop", "wb"):
                pass
            code, said = self.start(path, ranks=ranks).end()
            self.assertEqual(code, STOPPED, said)
            self.assertIn("stopped after", said)
            self.assertFalse(os.path.exists(path + ".stop"), "it would stop the next run too")
            self.finish(path)
            self.same(path)

    def test_signals_sent_twice_at_once_are_one(self):
        path = self.path("twice.h5")
        job = self.start(path, ranks=2)
        self.assertTrue(job.ready(2))
        for _ in range(3):
            job.signal(signal.SIGTERM, *job.ranks())
        self.assertEqual(job.end()[0], STOPPED)
        self.finish(path)
        self.same(path)

    def test_second_signal_leaves_at_once_and_harms_nothing(self):
        """Rank 0 waits for a rank that does not answer."""
        path = self.path("second.h5")
        job = self.start(path, "--checkpoint", 2000, ranks=2)
        self.assertTrue(job.wait_until(lambda: self.saved(path)), "no checkpoint")
        ranks = job.ranks()
        job.signal(signal.SIGSTOP, ranks[1])
        job.signal(signal.SIGTERM, ranks[0])
        self.assertFalse(job.wait_until(lambda: False, 0.8))
        self.assertIn(ranks[0], job.ranks(), "it waits")
        begin = time.monotonic()
        job.signal(signal.SIGTERM, ranks[0])
        job.wait_until(lambda: ranks[0] not in job.ranks())
        self.assertLess(time.monotonic() - begin, 0.5)
        job.signal(signal.SIGCONT, ranks[1])
        code, _ = job.end()
        self.assertNotIn(code, (0, STOPPED))
        self.finish(path, ranks=3)
        self.same(path)

    def test_rank_that_sleeps_for_a_while_changes_nothing(self):
        path = self.path("sleeps.h5")
        job = self.start(path, "--checkpoint", 2000, ranks=3)
        self.assertTrue(job.ready(3))
        sleeper = self.draws.choice(job.ranks())
        job.signal(signal.SIGSTOP, sleeper)
        job.wait_until(lambda: False, 0.5)
        job.signal(signal.SIGCONT, sleeper)
        self.assertEqual(job.end(), (0, ""))
        self.same(path)


if __name__ == "__main__":
    print(f"seed {SEED}", file=sys.stderr)
    unittest.main(verbosity=2)
