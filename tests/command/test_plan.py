#!/usr/bin/env python3
"""fulcrum check --plan against what runs then take: samples for a precision, time, memory, files."""

import math
import os
import re
import resource
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "run"))

import fulcrum  # noqa: E402

STUDY = os.path.join(fulcrum.INPUTS, "first_study.yaml")
WANTED = ("CENTERS/leverage_ratio mean 0.1%", "CENTERS/leverage_ratio quantile 0.05 0.2%",
          "CENTERS/leverage_ratio probability >= 1.3 0.002")
USAGE = 2


def number(text):
    """2.8e6 and the like; a question mark is infinite."""
    return math.inf if text == "?" else float(text)


class Plan:
    """What a plan says."""

    def __init__(self, text):
        self.text = text
        timed = re.search(r"([\d.]+) s: (\d+) samples, (\d+) samples a second of the core\n.*from (\d+) to (\d+)", text)
        self.seconds, self.samples, self.rate, self.slowest, self.fastest = map(float, timed.groups())
        self.file, self.shard = map(float, re.search(r"result file ([\d.]+) MB, .* shard ([\d.]+) MB", text).groups())
        self.wanted = {match[1]: [number(match[i]) for i in range(2, 7)] for match in re.finditer(
            r"^  (\S+ (?:mean|quantile|probability).*?)  +(\S+)  (\S+) to (\S+) +(\S+) +(\S+)$", text, re.M)}
        unit = {"s": 1, "min": 60, "h": 3600, "days": 86400}
        self.rows = {int(match[1]): (float(match[2]) * unit[match[3]], float(match[4]), float(match[5])) for match in
                     re.finditer(r"^ +(\d+) +([\d.]+) (s|min|h|days) +(\S+) +(\d+) %$", text, re.M)}


def plan(*arguments, study=STUDY):
    """The plan of a study."""
    return Plan(fulcrum.must("check", study, "--plan", *arguments))


class Plans(unittest.TestCase):
    """One plan for several questions, and runs as it proposes."""

    @classmethod
    def setUpClass(cls):
        place = fulcrum.folder()
        cls.addClassCleanup(place.cleanup)
        cls.folder = place.name
        wants = [word for text in WANTED for word in ("--want", text)]
        cls.plan = plan(*wants, "--ranks", "6", "--time", "1h")

    def path(self, name):
        """A file in the folder."""
        return os.path.join(self.folder, name)

    def halves(self, samples, name):
        """Half widths of the wanted intervals in a plain run of so many samples, as they were wanted."""
        self.assertLess(samples, 5e6)
        threshold = "targets=[{output: CENTERS/leverage_ratio, at_least: 1.3, name: More, name_zh: 更多}]"
        with fulcrum.result(STUDY, int(samples), self.path(name), "--seed", 5, "--set", threshold) as result:
            mean = result.get("CENTERS/leverage_ratio", "mean")
            error = result.get("CENTERS/leverage_ratio", "standard_error")
            place = [round(p, 6) for p in result.file["quantile"][()]].index(0.05)
            value, low, high = (result.get("CENTERS/leverage_ratio", f"quantile{suffix}")[place]
                                for suffix in ("", "_low", "_high"))
            chance = result.target(0)
        return 1.959964 * error / mean, max(high - value, value - low) / value, \
            1.959964 * math.sqrt(chance * (1 - chance) / samples)

    def test_samples_give_the_precision_that_is_wanted(self):
        """Half widths of means and probabilities within 2 %, of a quantile within the error that is told."""
        wanted = (0.001, 0.002, 0.002)
        for i, text in enumerate(WANTED):
            samples, low, high, _, _ = self.plan.wanted[text]
            with self.subTest(text):
                half = self.halves(samples, f"{i}.h5")[i]
                tolerance = 0.02 if i != 1 else 0.02 + 2 * (math.sqrt(high / low) - 1)
                self.assertLess(abs(half / wanted[i] - 1), tolerance)
                self.assertLessEqual(low, samples)
                self.assertLessEqual(samples, high)

    def test_a_run_until_it_knows_ends_about_where_the_plan_says(self):
        text = WANTED[0]
        planned = plan("--want", text).wanted[text][4]
        fulcrum.must("run", STUDY, "--until", text, "-q", "-o", self.path("until.h5"))
        with fulcrum.Result(self.path("until.h5")) as result:
            took = int(result.file.attrs["samples"])
        self.assertLess(abs(math.log(took / planned)), math.log(1.6))

    def test_the_table_follows_from_what_was_timed(self):
        self.assertEqual(sorted(set(self.plan.rows) & {1, 2, 4, 6, 8}), [1, 2, 4, 6, 8])
        needed = max(samples for samples, *_ in self.plan.wanted.values())
        shown = int(re.search(r"^Time of (\d+) samples", self.plan.text, re.M)[1])
        self.assertLess(abs(shown / needed - 1), 0.01)
        for ranks, (seconds, hours, busy) in self.plan.rows.items():
            self.assertLess(abs(hours * 3600 - seconds * ranks), 0.06 * seconds * ranks + 0.06 * ranks, ranks)
            self.assertLess(abs(busy / 100 * seconds * ranks - shown / self.plan.rate),
                            0.06 * seconds * ranks + 0.06 * ranks, ranks)
        self.assertLessEqual(self.plan.slowest, self.plan.rate)
        self.assertGreaterEqual(self.plan.fastest, self.plan.rate)
        self.assertGreater(self.plan.seconds, 2.9)
        self.assertIn("Within 1h: 1 rank at least. 6 ranks would do", self.plan.text)

    def test_time_and_files_are_those_of_a_run(self):
        """By the processor's clock: other programs share the machine."""
        samples = 300000
        told = plan("-n", samples)
        begin = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        fulcrum.must("run", STUDY, "-n", samples, "-q", "-o", self.path("whole.h5"))
        took = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - begin
        self.assertLess(abs(math.log(took / told.rows[1][0])), math.log(1.4))
        size = os.path.getsize(self.path("whole.h5")) / 1e6
        self.assertLess(abs(size - told.file), 0.1 * size + 0.1)
        fulcrum.must("run", STUDY, "-n", samples, "-q", "--shard", "1/1", "-o", self.path("whole.shard"))
        size = os.path.getsize(self.path("whole.shard")) / 1e6
        self.assertLess(abs(size - told.shard), 0.1 * size + 0.1)

    def test_other_programs_on_the_core_are_told(self):
        """Two at once on one core."""
        core = min(os.sched_getaffinity(0))
        with_core = ["taskset", "-c", str(core), fulcrum.PROGRAM, "check", STUDY, "--plan"]
        others = [subprocess.Popen(with_core, stdout=subprocess.DEVNULL)]
        try:
            done = subprocess.run(with_core, capture_output=True, encoding="utf-8", check=True)
        finally:
            for other in others:
                other.wait()
        self.assertRegex(done.stdout, r"other programs took [2-8]\d % of the time beside")

    def test_what_cannot_be_told_is_said(self):
        never = plan("--want", "CENTERS/leverage_ratio probability >= 1e9 1%", "--want",
                     "CENTERS/leverage_ratio quantile 0.5 1e-9", "--time", "0.001s").text
        self.assertRegex(never, r"probability >= 1000000000 1% +\? +never seen so far")
        self.assertIn("finer than the sketch can tell", never)
        self.assertIn("Within 0.001s: on no number of ranks.", never)
        self.assertIn("Not in these numbers", never)

    def test_bad_questions_are_refused(self):
        self.assertIn("--want: 'CENTERS/leverage mean 1%'",
                      fulcrum.run("check", STUDY, "--plan", "--want", "CENTERS/leverage mean 1%").stderr)
        for pattern, *words in ((r"--want is for a plan: give --plan too", "--want", WANTED[0]),
                                (r"--time is for a plan", "--time", "1h"),
                                (r"--time 1w: such as 90s", "--plan", "--time", "1w"),
                                (r"--time 0s: such as", "--plan", "--time", "0s"),
                                (r"--ranks: at most 1000000", "--plan", "--ranks", "1e7"),
                                (r"--plan and --canonical exclude", "--plan", "--canonical")):
            with self.subTest(words):
                done = fulcrum.run("check", STUDY, *words)
                self.assertEqual((done.returncode, done.stderr.count("\n")), (USAGE, 1), done.stderr)
                self.assertRegex(done.stderr, pattern)


if __name__ == "__main__":
    unittest.main()
