#!/usr/bin/env python3
"""The comparison of traces catches broken equations: faults of mutants.py, one at a time.

A mutant is one changed file, compiled and linked with the objects of the build under test; nothing
of the working tree changes. A few run by default; all with MUTANTS=all (make soak), some with
MUTANTS="3 17".
"""

import glob
import os
import subprocess
import sys
import unittest

import h5py

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "run"))
sys.path.insert(0, HERE)

import fulcrum  # noqa: E402
from mutants import MUTANTS, QUICK  # noqa: E402
from test_traces import disagreements  # noqa: E402

# Studies in the order in which they are tried; the first that shows a fault ends the search.
STUDIES = ("share", "award_with_plan", "match", "outcomes", "cash", "instruments",
           "award_without_plan", "tapers", "sixty_four_years", "dependence", "zero_money",
           "one_year_one_unit")
SAMPLES = (0, 1, 2, 192)
FLAGS = ("-std=c11 -O1 -fPIC -Iinclude -Iengine -D_POSIX_C_SOURCE=200809L -ffp-contract=off "
         "-fno-math-errno -fno-trapping-math -fvisibility=hidden -DFLC_ISA=generic "
         "-DFLC_HAVE_X86_LEVELS -DFLC_ASSERTIONS -DFLC_TEST_HOOKS -DFLC_VERSION=\"0\" -w").split()


def command(*words):
    """Runs a tool in the root of the tree."""
    done = subprocess.run(words, cwd=fulcrum.ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(words)}\n{done.stderr}")
    return done.stdout


def settings():
    """Compiler and libraries of the build."""
    table = {}
    with open(os.path.join(fulcrum.BUILD, "config.mk"), encoding="utf-8") as file:
        for line in file:
            name, _, value = line.partition(":=")
            table[name.strip()] = value.split()
    return table


class Mutant:
    """A program with one fault."""

    def __init__(self, fault, folder):
        self.file, self.before, self.after = fault
        self.folder = folder
        self.kernel = self.file.endswith("_kernel.c")

    def build(self):
        """Gives the path of the program."""
        source = self.change()
        faulty = os.path.join(self.folder, "faulty.o")
        command("gcc", *FLAGS, "-c", "-o", faulty, source)
        parts = self.join_kernels(faulty) if self.kernel else faulty
        program, table = os.path.join(self.folder, "fulcrum"), settings()
        commands = os.path.join(fulcrum.BUILD, "engine", "command")
        command(*table["MPICC"], "-o", program, *glob.glob(os.path.join(commands, "*.o")),
                parts, os.path.join(fulcrum.BUILD, "libfulcrum.a"), *table["HDF5_LIBS"],
                *table["YAML_LIBS"], "-lm")
        return program

    def change(self):
        """Writes the changed source; gives its path."""
        with open(os.path.join(fulcrum.ROOT, "engine/model", self.file), encoding="utf-8") as file:
            text = file.read()
        found = text.count(self.before)
        if found != 1:
            raise AssertionError(f"{self.file}: {found} times: {self.before}")
        path = os.path.join(self.folder, self.file)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(self.before, self.after))
        return path

    def join_kernels(self, faulty):
        """The kernels of the generic instruction set with the faulty one, as the Makefile does."""
        kernels = [os.path.join(folder, name)
                   for folder, _, names in os.walk(os.path.join(fulcrum.BUILD, "generic/engine"))
                   for name in names if name.endswith("_kernel.o")]
        own = f"model/{self.file[:-2]}.o"
        others = [path for path in kernels if not path.endswith(own)]
        assert len(others) == len(kernels) - 1, own
        whole, joined = (os.path.join(self.folder, name) for name in ("whole.o", "kernels.o"))
        command("ld", "-r", "-o", whole, faulty, *others)
        command("objcopy", "--localize-hidden", whole, joined)
        return joined


def shows(study, folder, program):
    """Whether the traces of a study disagree, or cannot be made."""
    try:
        return bool(disagreements(os.path.join(fulcrum.STUDIES, study + ".yaml"), SAMPLES, folder,
                                  program=program, FULCRUM_ISA="generic"))
    except AssertionError:
        return True


def caught_by(number):
    """The study on which the fault shows, or None; builds the mutant first."""
    with fulcrum.folder() as folder:
        program = Mutant(MUTANTS[number], folder).build()
        for study in STUDIES:
            if shows(study, folder, program):
                return study
    return None


def chosen():
    """Numbers of the mutants to run."""
    wish = os.environ.get("MUTANTS", "")
    if wish == "all":
        return range(len(MUTANTS))
    return [int(word) for word in wish.split()] or QUICK


class Mutants(unittest.TestCase):
    """One test for each; the methods are made below."""

    def test_texts_stand_once_in_their_files(self):
        for file, before, after in MUTANTS:
            with open(os.path.join(fulcrum.ROOT, "engine/model", file), encoding="utf-8") as opened:
                self.assertEqual(opened.read().count(before), 1, f"engine/model/"
                                 f"{file} changed: adapt tests/model/mutants.py: {before}")
            self.assertNotEqual(before, after)

    def test_budgets_that_do_not_balance_are_counted(self):
        """The engine's own count (imbalanced_samples) notices lost money, and NaN."""
        line = "terminated[i] = enacted[i] - appropriation[i]"
        for fault, count in ((line, 0), (line + " - 1e-6 * enacted[i]", 50),
                             ("terminated[i] = (enacted[i] - appropriation[i]) * __builtin_nan(\"\")", 50)):
            with fulcrum.folder() as folder:
                program = Mutant(("budget_kernel.c", line, fault), folder).build()
                result = os.path.join(folder, "result.h5")
                done = fulcrum.run("run", "inputs/first_study.yaml", "-n", 50, "-q", "-o", result,
                                   program=program, cwd=fulcrum.ROOT, FULCRUM_ISA="generic")
                self.assertEqual(done.returncode, 0, done.stderr)
                with h5py.File(result) as file:
                    self.assertEqual(list(file["imbalanced_samples"]), [count, count], fault)

    def test_the_build_without_fault_passes(self):
        with fulcrum.folder() as folder:
            self.assertFalse(shows("share", folder, fulcrum.PROGRAM))


def add_mutant(number):
    """A test method for a mutant."""
    file, before, after = MUTANTS[number]

    def test(self):
        study = caught_by(number)
        if "MUTANTS" in os.environ:
            print(f"{file}: shown by {study}", file=sys.stderr)
        self.assertIsNotNone(study, f"{file}: survives: {before}  ->  {after}")

    setattr(Mutants, f"test_mutant_{number:03}_{file.partition('.')[0]}", test)


for _number in chosen():
    add_mutant(_number)


if __name__ == "__main__":
    unittest.main()
