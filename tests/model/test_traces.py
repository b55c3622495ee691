#!/usr/bin/env python3
"""Traces of the program agree with the independent implementation of the model, to 1e-10.

Studies: those of inputs/ (policies with EVERY_STUDY=1), the fixed ones of tests/model/studies (each for some features), and random
ones (random_study.py). More random ones: python3 tests/model/test_traces.py --random FIRST COUNT,
which prints the number of each study that fails; `random_study.py NUMBER` shows it.
"""

import glob
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "run"))
sys.path.insert(0, HERE)

import h5py

import fulcrum  # noqa: E402
import compare_trace  # noqa: E402
from random_study import random_study  # noqa: E402

# First and last of a block, the begin of the next, far ones.
SAMPLES = (0, 1, 191, 192, 10 ** 6, 2 ** 40)
FEW = (0, 193, 2 ** 40 + 7)
FIRST_RANDOM, RANDOM = 1, 25


def disagreements(study, samples, folder, *arguments, program=fulcrum.PROGRAM, **variables):
    """What is wrong with a trace of the study: a list of words.

    The trace holds the resolved study, in which the program has filled in all defaults. Of the
    studies made for tests the text as written is put in its place, so that the other implementation
    uses its own defaults (unless arguments change the study).
    """
    path = fulcrum.trace(study, samples, os.path.join(folder, "trace.h5"), *arguments,
                         program=program, **variables)
    if "--set" not in arguments and not study.startswith(fulcrum.INPUTS):
        with h5py.File(path, "r+") as file, open(study, encoding="utf-8") as written:
            del file["study"]
            file["study"] = written.read()
    return compare_trace.check_trace(path).failures


def random_disagreements(number, folder, samples=FEW):
    """The same for a random study."""
    path = os.path.join(folder, f"random_{number}.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(random_study(number))
    return disagreements(path, samples, folder, "--seed", number)


class Traces(unittest.TestCase):
    """One test for each study; the methods are made below."""

    def agree(self, study, samples, *arguments):
        """The study's traces agree."""
        with fulcrum.folder() as folder:
            wrong = disagreements(study, samples, folder, *arguments)
        self.assertEqual(wrong, [], "\n".join(wrong[:20]))

    def test_other_seeds_and_the_largest(self):
        study = os.path.join(fulcrum.STUDIES, "match.yaml")
        for seed in (0, 2, 2 ** 31, 2 ** 63 - 1):
            self.agree(study, FEW, "--seed", seed)

    def test_samples_in_any_order_and_twice(self):
        self.agree(os.path.join(fulcrum.STUDIES, "share.yaml"), (700, 5, 5, 0, 191))

    def test_settings_reach_the_model(self):
        study = os.path.join(fulcrum.STUDIES, "match.yaml")
        self.agree(study, FEW, "--set", "programs/PARTNERS/match/required=[0.5, 2.5]", "--set",
                   "programs/PARTNERS/match/response={uniform: {min: 0.2, max: 0.4}}")

    def test_every_instruction_set(self):
        for isa in ("generic", "v3", "v4"):
            with fulcrum.folder() as folder:
                wrong = disagreements(os.path.join(fulcrum.STUDIES, "instruments.yaml"), FEW, folder,
                                      FULCRUM_ISA=isa)
                self.assertEqual(wrong, [], isa)

    def test_resolved_study_means_what_was_written(self):
        for name in ("share", "dependence", "instruments"):
            with fulcrum.folder() as folder:
                path = fulcrum.trace(os.path.join(fulcrum.STUDIES, name + ".yaml"), FEW,
                                     os.path.join(folder, "trace.h5"))
                self.assertEqual(compare_trace.check_trace(path).failures, [], name)


def add_study(path, samples):
    """A test method for a study file."""
    name = os.path.splitext(os.path.relpath(path, fulcrum.ROOT))[0].replace(os.sep, "_")
    setattr(Traces, f"test_{name}", lambda self: self.agree(path, samples))


def add_random(number):
    """A test method for a random study."""
    def test(self):
        with fulcrum.folder() as folder:
            wrong = random_disagreements(number, folder)
        self.assertEqual(wrong, [], f"random_study.py {number}:\n" + "\n".join(wrong[:20]))

    setattr(Traces, f"test_random_study_{number:03}", test)


# Policies are the baseline with a few changes each: only where every study is asked for.
_FOLDERS = ["", "checks", "hindcast", "instruments"] + ["policies"] * ("EVERY_STUDY" in os.environ)
for _folder in _FOLDERS:
    for _path in sorted(glob.glob(os.path.join(fulcrum.INPUTS, _folder, "*.yaml"))):
        add_study(_path, FEW)
for _path in sorted(glob.glob(os.path.join(fulcrum.STUDIES, "*.yaml"))):
    add_study(_path, SAMPLES)
for _number in range(FIRST_RANDOM, FIRST_RANDOM + RANDOM):
    add_random(_number)


def check_random(first, count):
    """Random studies first ... first + count - 1; true if all agree."""
    bad = 0
    for number in range(first, first + count):
        with fulcrum.folder() as folder:
            try:
                wrong = random_disagreements(number, folder)
            except AssertionError as error:
                wrong = [str(error)]
        if wrong:
            bad += 1
            print(f"random study {number}: " + "\n    ".join(wrong[:5]))
    print(f"{count} random studies from number {first}: {bad} disagree")
    return bad == 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--random"]:
        sys.exit(0 if check_random(int(sys.argv[2]), int(sys.argv[3])) else 1)
    unittest.main()
