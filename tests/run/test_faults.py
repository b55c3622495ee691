#!/usr/bin/env python3
"""Whatever goes wrong with disks, folders and files, a run ends in one clear error or goes on
exactly; a wrong number or the loss of a user's file is never among the ends.

Faults of system calls are planted one by one (faulty_disk.c); full, closed and vanished places are
real ones, made of small file systems where that is allowed (root). THOROUGH=1 takes every call and
every byte where some are left out otherwise, beginning with one that SEED draws.
"""

import errno
import filecmp
import glob
import os
import re
import shutil
import signal
import subprocess
import unittest

import fulcrum
import jobs

THOROUGH = os.environ.get("THOROUGH") == "1"
SAMPLES = 3037
SHORTER = 500
STUDY_ERROR, INPUT_ERROR, OUTPUT_ERROR = 65, 66, 73
TINY = """\
# A study as small as can be.
fulcrum: 1
title: Tiny
horizon: {base_year: 2025, years: 2}
macro: {inflation: {mean: 0.02}, discount_rate: 0.03}
programs:
  P:
    instrument: grant
    budget: {mode: share, plan: {2025: {uniform: {min: 1, max: 2}}}}
    units: {cohorts: [{start: 2020, count: 1}]}
    cost: {ratio: 2}
"""


def blocks_in(path):
    """How far a checkpoint is."""
    with open(path, "rb") as file:
        return int(re.search(rb"\nend (\d+)\n", file.read(4096)).group(1))


class Case(jobs.Case):
    """A small study, and a fresh folder for each test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.study = os.path.join(cls.folder, "tiny.yaml")
        with open(cls.study, "w", encoding="utf-8") as file:
            file.write(TINY)

    def setUp(self):
        super().setUp()
        folder = fulcrum.folder()
        self.addCleanup(folder.cleanup)
        self.place = os.path.join(folder.name, "out")
        os.mkdir(self.place)
        self.output = os.path.join(self.place, "r.h5")

    def run_once(self, *arguments, **settings):
        """A whole run to self.output."""
        return fulcrum.run("run", self.study, "-n", SAMPLES, "-q", "-o", self.output, *arguments,
                           **{**jobs.ENVIRONMENT, **settings})

    def one_error(self, done, code, pattern=""):
        """One line of error and no warning about anything else than checkpoints."""
        self.assertEqual(done.returncode, code, done.stderr)
        lines = [line for line in done.stderr.splitlines() if "warning: no checkpoint" not in line]
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertRegex(lines[0], "^fulcrum [a-z]+: .*" + pattern)

    def good_end(self, kept=()):
        """Without faults, the run goes on to the result of one that met none."""
        done = self.run_once("--resume", *kept)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.same(self.output, SAMPLES, kept)

    def holds(self, *samples, kept=()):
        """The output is one of these results as a whole, and so are its samples."""
        for name in (lambda path: path, jobs.samples_of)[:1 + bool(kept)]:
            self.assertTrue(any(filecmp.cmp(name(self.output), name(self.whole(n, kept)), False)
                                for n in samples), os.listdir(self.place))

    def left(self):
        """Files that nobody asked for."""
        return glob.glob(os.path.join(self.place, "*.partial-*"))


class Calls(Case):
    """Every system call that writes fails once, or the process is killed there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.library = os.path.join(cls.folder, "faulty_disk.so")
        compiler = os.environ.get("CC", "gcc")
        made = subprocess.run([compiler, "-shared", "-fPIC", "-o", cls.library,
                               os.path.join(fulcrum.HERE, "faulty_disk.c")],
                              capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise unittest.SkipTest(f"{compiler} makes no library to preload: {made.stderr}")

    def setUp(self):
        super().setUp()
        self.mark = os.path.join(os.path.dirname(self.place), "mark")
        self.kept = ()  # options

    def begin(self):
        """The output is the user's earlier result; whatever else was there is gone."""
        shutil.rmtree(self.place)
        os.mkdir(self.place)
        shutil.copy(self.whole(SHORTER, self.kept), self.output)
        if self.kept:
            shutil.copy(jobs.samples_of(self.whole(SHORTER, self.kept)),
                        jobs.samples_of(self.output))
        if os.path.exists(self.mark):
            os.remove(self.mark)

    def faulty(self, at, *arguments, code=0, count=1, half=False):
        """A run that meets the fault; None where there are not so many calls."""
        done = self.run_once(*arguments, *self.kept, LD_PRELOAD=self.library,
                             FAULT_FOLDER=self.place, FAULT_AT=str(at), FAULT_ERRNO=str(code), FAULT_COUNT=str(count),
                             FAULT_HALF="1" if half else None, FAULT_MARK=self.mark)
        return done if os.path.exists(self.mark) else None

    def each_call(self, check, *arguments, step=1, **fault):
        """Runs with the fault at each of their calls, or some; `check` judges them."""
        step = 1 if THOROUGH else step
        at = 1 + self.draws.randrange(step)
        self.begin()
        while done := self.faulty(at, *arguments, **fault):
            with self.subTest(at=at, **fault):
                check(done)
            at += step
            self.begin()
        self.assertGreater(at, 20, "the faults are not met")

    def after_error(self, done):
        """Right, or one error that names the reason; and the way from there is right, too."""
        self.assertIn(done.returncode, (0, OUTPUT_ERROR), done.stderr)
        self.assertEqual(self.left(), [])
        if done.returncode == 0:
            self.same(self.output, SAMPLES, self.kept)
            return
        self.one_error(done, OUTPUT_ERROR, "(No space|quota|Input/output)")
        self.holds(SHORTER, SAMPLES, kept=self.kept)
        self.good_end(self.kept)

    def after_kill(self, done):
        """The user's file is whole, and the way from there right."""
        self.assertEqual(done.returncode, -signal.SIGKILL)
        self.holds(SHORTER, SAMPLES, kept=self.kept)
        self.good_end(self.kept)

    def test_any_call_may_fail_once(self):
        code = self.draws.choice((errno.ENOSPC, errno.EDQUOT, errno.EIO))
        self.each_call(self.after_error, "--checkpoint", 1000, code=code, half=True)

    def test_from_any_call_on_the_disk_may_be_full(self):
        self.each_call(self.after_error, "--checkpoint", 1000, step=2, code=errno.ENOSPC,
                       count=10**6)

    def test_from_any_call_on_the_quota_may_be_used_up_while_a_run_is_extended(self):
        self.each_call(self.after_error, "--checkpoint", 1500, "--extend", step=2,
                       code=errno.EDQUOT, count=10**6)

    def test_a_kill_at_any_call_loses_nothing(self):
        self.each_call(self.after_kill, "--checkpoint", 1000, half=True)

    def test_a_kill_at_any_call_loses_no_kept_sample(self):
        self.kept = ("--samples",)
        self.each_call(self.after_kill, "--checkpoint", 1000, step=11, half=True)

    def test_any_call_may_fail_while_samples_are_kept(self):
        self.kept = ("--samples",)
        self.each_call(self.after_error, "--checkpoint", 1000, step=11, code=errno.ENOSPC,
                       half=True)


class Places(Case):
    """Disks and folders that fill up, close and vanish while a run uses them."""

    def mount(self, *options):
        """A small file system of its own at self.place."""
        if os.geteuid() != 0:
            self.skipTest("mounting needs root")
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", self.place],
            capture_output=True, text=True, check=False)
        if made.returncode != 0:
            self.skipTest(f"mounting is not allowed here: {made.stderr}")
        self.addCleanup(lambda: subprocess.run(["umount", "-l", self.place], check=True))

    def remount(self, option):
        """Changes it while it is in use."""
        subprocess.run(["mount", "-o", f"remount,{option}", self.place], check=True)

    def size(self, path):
        """In kilobytes, rounded up to pages."""
        return -(-os.path.getsize(path) // 4096) * 4

    def begun(self):
        """A job that has saved at least once, far from its end."""
        job = self.start(self.output, "--checkpoint", 20000, samples=10**9)
        self.assertTrue(job.wait_until(lambda: self.saved(self.output)), "no checkpoint")
        return job

    def stopped(self, job, code, pattern):
        """The job is asked to stop, and cannot save."""
        job.signal(signal.SIGTERM, *job.ranks())
        got, said = job.end()
        self.one_error(subprocess.CompletedProcess([], got, "", said), code, pattern)

    def goes_on(self):
        """From the last checkpoint to an end not far behind it."""
        samples = 1037
        for name in (".checkpoint", ".checkpoint.previous"):
            if os.path.exists(self.output + name):
                samples = blocks_in(self.output + name) * jobs.BLOCK + 1037
                break
        self.finish(self.output, samples=samples)
        self.same(self.output, samples)
        return samples

    def test_disk_that_holds_the_checkpoint_but_not_the_result(self):
        self.mount(f"size={self.size(self.whole(SAMPLES)) - 8}k")
        self.one_error(self.run_once("--checkpoint", 1000), OUTPUT_ERROR,
                       "No space left.*free some")
        self.assertFalse(os.path.exists(self.output))
        self.assertEqual(self.left(), [])
        self.assertTrue(os.path.exists(self.output + ".checkpoint"))
        self.remount("size=64m")
        self.good_end()

    def test_disk_that_fills_up_on_the_way(self):
        self.mount("size=16m")
        job = self.begun()
        filler = os.path.join(self.place, "filler")
        subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=4k"], capture_output=True,
                       check=False)
        job.wait_until(lambda: False, 0.3)
        self.stopped(job, OUTPUT_ERROR, "No space left.*free some")
        os.remove(filler)
        self.assertEqual(self.left(), [])
        self.assertGreater(self.goes_on(), 20000)

    def test_disk_that_becomes_read_only_on_the_way(self):
        self.mount("size=16m")
        job = self.begun()
        while subprocess.run(["mount", "-o", "remount,ro", self.place], capture_output=True,
                             check=False).returncode != 0:
            self.assertIsNone(job.process.poll())  # a file is open at this moment
        self.stopped(job, OUTPUT_ERROR, "read-only; choose another place")
        self.one_error(self.run_once("--resume"), OUTPUT_ERROR, "read-only")
        self.remount("rw")
        self.assertGreater(self.goes_on(), 20000)

    def test_folder_that_vanishes_on_the_way(self):
        job = self.begun()
        os.rename(self.place, self.place + "-gone")
        self.stopped(job, OUTPUT_ERROR, "create the folder")
        self.assertFalse(os.path.exists(self.place))
        os.rename(self.place + "-gone", self.place)
        self.assertGreater(self.goes_on(), 20000)

    def test_folder_that_is_removed_on_the_way(self):
        job = self.begun()
        while os.path.exists(self.place):
            shutil.rmtree(self.place, ignore_errors=True)
        self.stopped(job, OUTPUT_ERROR, "create the folder")
        os.mkdir(self.place)
        self.assertEqual(self.goes_on(), 1037)

    def test_limit_on_the_size_of_files(self):
        done = self.run_once("--checkpoint", 1000,
                             launcher=("bash", "-c", 'ulimit -f 400; exec "$0" "$@"'))
        self.one_error(done, OUTPUT_ERROR, "File too large.*ulimit -f")
        self.assertFalse(os.path.exists(self.output))
        self.good_end()

    def test_checkpoint_that_may_not_be_read(self):
        os.mkdir(self.output + ".checkpoint")
        self.one_error(self.run_once(), 2, "--resume.*--restart")
        self.one_error(self.run_once("--resume"), INPUT_ERROR, "r.h5.checkpoint: cannot read")
        self.assertEqual(os.listdir(self.output + ".checkpoint"), [])


class Damage(Case):
    """Bits that change and bytes that are lost are never taken for what was written."""

    def setUp(self):
        super().setUp()
        shutil.copy(self.whole(SHORTER), self.output)

    def damage(self, path):
        """One bit somewhere, or the end, is no longer what it was."""
        with open(path, "rb") as file:
            content = bytearray(file.read())
        place = self.draws.randrange(len(content) - 82)
        if self.draws.random() < 0.3:
            content = content[:place]
        else:
            content[place] ^= 1 << self.draws.randrange(8)
        with open(path, "wb") as file:
            file.write(content)

    def judged(self, kind, path, step):
        """By the reader in this process, at every `step`th byte."""
        tool = os.path.join(fulcrum.BUILD, "tests", "tools", "damage")
        done = subprocess.run([tool, kind, path, str(step)], capture_output=True, text=True,
                              check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout[:1000])
        self.assertRegex(done.stdout, r"^[1-9]\d{3,} tried, 0 accepted$")

    def checkpoints(self):
        """Both of a run that was stopped after several."""
        for name in glob.glob(self.output + "*"):
            os.remove(name)
        job = self.start(self.output, "--checkpoint", 20000, samples=10**8)
        previous = self.output + ".checkpoint.previous"
        self.assertTrue(job.wait_until(lambda: os.path.exists(previous)))
        job.signal(signal.SIGTERM, *job.ranks())
        self.assertEqual(job.end()[0], jobs.STOPPED)

    def test_no_bit_of_a_state_may_change(self):
        shard = os.path.join(self.place, "shard")
        fulcrum.must("run", self.study, "-n", 400, "--shard", "2/2", "-q", "-o", shard)
        self.judged("state", shard, 1 if THOROUGH else 31)

    def test_no_bit_of_a_result_may_change(self):
        self.judged("result", self.output, 29 if THOROUGH else 1999)

    def test_damaged_checkpoint_is_replaced_by_the_one_before_or_refused(self):
        for _ in range(8):
            with self.subTest(seed=jobs.SEED):
                self.checkpoints()
                newer, older = self.output + ".checkpoint", self.output + ".checkpoint.previous"
                self.damage(newer)
                samples = blocks_in(older) * jobs.BLOCK + 1037
                done = fulcrum.run("run", self.study, "-n", samples, "-q", "-o", self.output,
                                   "--resume")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertRegex(done.stderr, "^fulcrum run: warning: .*checkpoint: .*one before")
                self.same(self.output, samples)
                self.checkpoints()
                self.damage(newer)
                self.damage(older)
                done = fulcrum.run("run", self.study, "-n", 10**8, "-q", "-o", self.output,
                                   "--resume")
                self.one_error(done, STUDY_ERROR, "checkpoint: ")

    def test_damaged_shards_are_refused_by_name(self):
        parts = [os.path.join(self.place, f"part-{k}") for k in (1, 2, 3)]
        joined = os.path.join(self.place, "joined.h5")
        for k, part in enumerate(parts, 1):
            fulcrum.must("run", self.study, "-n", SAMPLES, "--shard", f"{k}/3", "-q", "-o", part)
        for _ in range(12):
            victim = self.draws.choice(parts)
            with self.subTest(seed=jobs.SEED, victim=victim):
                shutil.copy(victim, victim + ".whole")
                self.damage(victim)
                done = fulcrum.run("merge", *parts, "-q", "-o", joined)
                self.one_error(done, STUDY_ERROR, os.path.basename(victim))
                self.assertFalse(os.path.exists(joined))
                os.replace(victim + ".whole", victim)
        fulcrum.must("merge", *parts, "-q", "-o", joined)
        self.same(joined, SAMPLES)

    def test_damaged_results_are_refused_and_left_alone(self):
        for _ in range(6):
            shutil.copy(self.whole(SHORTER), self.output)
            self.damage(self.output)
            shutil.copy(self.output, self.output + ".damaged")
            for command in (("show", self.output), ("verify", self.output),
                            ("run", self.study, "-n", SAMPLES, "-o", self.output, "--extend")):
                with self.subTest(seed=jobs.SEED, command=command[0]):
                    self.one_error(fulcrum.run(*command), STUDY_ERROR, "r.h5: ")
                    self.assertTrue(filecmp.cmp(self.output, self.output + ".damaged", False))


if __name__ == "__main__":
    print(f"seed {jobs.SEED}")
    unittest.main(verbosity=2)
