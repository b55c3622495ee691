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
import re
import shutil
import signal
import sys
import time
import unittest

import fulcrum
import jobs

KILLS = int(os.environ.get("KILLS", "12"))
OFTEN = (jobs.BLOCK, 2000, 5000, "0.05s")  # between checkpoints
SELDOM = (30000, "300s", 0)


class Kills(jobs.Case):
    """SIGKILL at random times."""

    counts = {}  # what was there when it came

    def setUp(self):
        super().setUp()
        self.numbers = itertools.count()

    @classmethod
    def tearDownClass(cls):
        print(f"\nseed {jobs.SEED}, kills: {cls.counts}", file=sys.stderr)

    def setting(self, intervals):
        """Who goes on, and how often it saves."""
        return ({"ranks": self.draws.choice((1, 2, 3, 7, 16)),
                 "isa": self.draws.choice(("generic", "v3", "v4"))},
                ("--checkpoint", self.draws.choice(intervals)))

    def kills(self):
        """How many came in time."""
        return sum(self.counts.values()) - self.counts.get("too late", 0)

    def disturb(self, path, *arguments, share=1):
        """A run that is killed, unless it ends before; `share` of the whole is to do."""
        settings, interval = self.setting(OFTEN)
        how = self.draws.choice(("rank", "launcher", "all"))
        self.whole()
        before = set(glob.glob(path + "*.partial-*"))
        job = self.start(path, *arguments, *interval, **settings)
        self.wait_for_the_moment(job, path, settings["ranks"], share)
        job.kill(how, self.draws)
        code, said = job.end_after_kill()
        key = ("too late" if code == 0 else
               "in a write" if set(glob.glob(path + "*.partial-*")) - before else
               "with a checkpoint" if self.saved(path) else "without a checkpoint")
        self.counts[key] = self.counts.get(key, 0) + 1
        self.assertNotIn("fulcrum run:", said)

    def wait_for_the_moment(self, job, path, ranks, share):
        """Perhaps before the job works at all, or at any time, or about when it saves."""
        when = self.draws.choice(("start", "work", "save", "save"))
        seconds = {"start": 0.03 * ranks, "work": share * self.seconds[jobs.SAMPLES], "save": 0.02}
        saved = self.saved(path)
        if when == "work":
            job.ready(ranks)
        if when == "save":
            job.wait_until(lambda: self.saved(path) != saved)
        job.wait_until(lambda: False, self.draws.uniform(0, seconds[when]))

    def undisturbed(self, path, *arguments):
        """The last run of a story."""
        settings, interval = self.setting(OFTEN + SELDOM)
        self.finish(path, *arguments, *interval, **settings)

    def one_result(self, path, kept):
        """A result, killed some times on the way."""
        for _ in range(self.draws.randint(2, 4)):
            self.disturb(path, *kept)
            if os.path.exists(path):
                self.assertTrue(filecmp.cmp(path, self.whole(), shallow=False), path)
        self.undisturbed(path, *kept)
        self.same(path, kept=kept)

    def one_extended(self, path, kept):
        """The same from a shorter result, which stays until the longer one is there."""
        shorter = self.draws.choice((1, jobs.BLOCK - 1, jobs.BLOCK, 30000, jobs.SAMPLES - 1))
        whole = self.whole(shorter, kept)
        shutil.copy(whole, path)
        if kept:
            shutil.copy(jobs.samples_of(whole), jobs.samples_of(path))
        for _ in range(self.draws.randint(1, 3)):
            self.disturb(path, "--extend", *kept)
            self.assertTrue(filecmp.cmp(path, whole, shallow=False) or
                            filecmp.cmp(path, self.whole(), shallow=False), path)
        self.undisturbed(path, "--extend", *kept)
        self.same(path, kept=kept)

    def one_of_shards(self, path, kept):
        """The same from parts, joined in any order, and without kept samples in any tree."""
        count = self.draws.randint(2, 5)
        parts = [f"{path}.{k}" for k in range(1, count + 1)]
        for k, part in enumerate(parts, 1):
            shard = ("--shard", f"{k}/{count}", *kept)
            if self.draws.random() < 0.7:
                self.disturb(part, *shard, share=1 / count)
            self.undisturbed(part, *shard)
        while len(parts) > 1:
            self.draws.shuffle(parts)
            some = len(parts) if kept else self.draws.randint(2, len(parts))
            last = some == len(parts)
            joined = path if last else f"{path}.joined-{len(parts)}"
            fulcrum.must("merge", *parts[:some], "-o", joined, *([] if last else ["--partial"]))
            parts[:some] = [joined]
        self.same(path, kept=kept)

    def until(self, kills, *stories):
        """Stories until so many kills were made."""
        while self.kills() < kills:
            number, kept = next(self.numbers), self.draws.choice(((), jobs.KEPT))
            with self.subTest(seed=jobs.SEED, story=number, kept=kept):
                self.draws.choice(stories)(self.path(f"{number}.h5"), kept)

    def test_seven_ranks_killed_three_times_and_resumed_on_three_give_the_result_of_one(self):
        path = self.path("seven.h5")
        for _ in range(3):
            saved = self.saved(path)
            job = self.start(path, "--checkpoint", 4000, ranks=7)
            self.assertTrue(job.wait_until(lambda: self.saved(path) != saved), "no checkpoint")
            job.kill("rank", self.draws)
            self.assertNotEqual(job.end_after_kill()[0], 0)
            self.assertFalse(os.path.exists(path))
        self.finish(path, ranks=3)
        self.same(path)

    def test_matrix_of_kills(self):
        self.until(KILLS, self.one_result, self.one_extended, self.one_of_shards)


class Signals(jobs.Case):
    """Asked to stop, a run saves and says so; whatever it was doing, it goes on exactly."""

    def ask(self, name, ranks, number, to):
        """Starts a run far from its end and sends the signal to "launcher" or to a rank."""
        job = self.start(self.path(name), ranks=ranks, samples=10**8)
        self.assertTrue(job.ready(ranks))
        job.signal(number, job.process.pid if to == "launcher" else job.ranks()[to])
        return job

    def stopped(self, job, name, codes=(jobs.STOPPED,)):
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
        asked = []
        for number, to in ((signal.SIGTERM, self.draws.randrange(2)),
                           (signal.SIGINT, self.draws.randrange(2)),
                           (signal.SIGUSR1, self.draws.randrange(2)),
                           (signal.SIGUSR2, self.draws.randrange(2)),
                           (signal.SIGUSR1, "launcher"), (signal.SIGUSR2, "launcher")):
            if to == "launcher" and "mpich" in jobs.MPIRUN:
                continue  # MPICH's dies of SIGUSR2, and after SIGUSR1 its exit code is 0
            name = f"{number.name}-to-{to}.h5"
            asked.append((name, self.ask(name, 2, number, to)))
        for name, job in asked:
            with self.subTest(name):
                self.assertEqual(self.stopped(job, name).count("fulcrum run: stopped"), 1)

    def test_launcher_that_is_terminated_leaves_time_to_save(self):
        """mpirun waits a second, sends SIGTERM, and kills a second later; its code is its own."""
        self.stopped(self.ask("terminated.h5", 2, signal.SIGTERM, "launcher"), "terminated.h5",
                     range(1, 256))

    def test_stop_file(self):
        for ranks in (1, 3):
            path = self.path(f"file-{ranks}.h5")
            with open(path + ".stop", "wb"):
                pass
            code, said = self.start(path, ranks=ranks).end()
            self.assertEqual(code, jobs.STOPPED, said)
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
        self.assertEqual(job.end()[0], jobs.STOPPED)
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
        code, _ = job.end_after_kill()
        self.assertNotIn(code, (0, jobs.STOPPED))
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
    print(f"seed {jobs.SEED}", file=sys.stderr)
    unittest.main(verbosity=2)
