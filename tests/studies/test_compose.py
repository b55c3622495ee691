#!/usr/bin/env python3
"""Studies of several files and overlays, seen from the command line: a study cut into files gives the same
numbers as in one file, an overlay the same as --set, and the order of included programs moves no draw. The
baseline is cut here, from its resolved text."""
import os
import re
import subprocess
import tempfile
import unittest

import h5py
import numpy

BUILD = os.environ["BUILD"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FULCRUM = os.path.join(os.path.abspath(BUILD), "fulcrum")
BASELINE = os.path.join(ROOT, "inputs", "baseline.yaml")


def fulcrum(*command, cwd=None):
    return subprocess.run([FULCRUM, *command], check=True, capture_output=True, text=True, cwd=cwd).stdout


def texts(dataset):
    return numpy.asarray(dataset.asstr()[()]).tolist()


def sorted_by_labels(dataset):
    """The values, with entries along every dimension that has names in the order of the names."""
    values = dataset[()]
    for axis, dim in enumerate(dataset.dims):
        if len(dim) and h5py.check_string_dtype(dim[0].dtype):
            values = numpy.take(values, numpy.argsort(texts(dim[0])), axis)
    return values


def contents(name):
    """Every dataset and attribute of a result but the study as written, which tells the files apart."""
    found = {}

    def visit(path, thing):
        for key, value in thing.attrs.items():
            if key not in ("REFERENCE_LIST", "DIMENSION_LIST"):
                found[f"{path}@{key}"] = numpy.asarray(value).tobytes()
        if isinstance(thing, h5py.Dataset) and path != "study/as_written":
            found[path] = texts(thing) if h5py.check_string_dtype(thing.dtype) else thing[()].tobytes()

    with h5py.File(name) as file:
        visit("", file)
        file.visititems(visit)
    return found


def split(pattern, text):
    return [part for part in re.split(f"(?m)^(?={pattern})", text) if part.strip()]


class Cut(unittest.TestCase):
    """The baseline in pieces: parts/<program>.yaml, parts/<section>.yaml."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.whole = fulcrum("check", BASELINE, "--canonical")
        cls.write("whole.yaml", cls.whole)
        os.mkdir(cls.path("parts"))
        cls.head, cls.others = "", []
        cls.programs = []
        for part in split("[a-z]", cls.whole):
            key = part.split(":")[0]
            if key == "programs":
                for program in split("  [A-Za-z]", part.split("\n", 1)[1]):
                    name = program.split(":")[0].strip()
                    cls.programs.append(name)
                    cls.write(f"parts/{name}.yaml", "fulcrum: 1\nprograms:\n" + program)
            elif key in ("macro", "dependence", "references"):
                cls.others.append(key)
                cls.write(f"parts/{key}.yaml", part)
            else:
                cls.head += part
        cls.include("cut.yaml", cls.programs + cls.others)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder.name, name)

    @classmethod
    def write(cls, name, text):
        with open(cls.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    @classmethod
    def include(cls, name, parts):
        cls.write(name, cls.head + "include:\n" + "".join(f"- parts/{part}.yaml\n" for part in parts))

    def run_study(self, study, output, *more):
        fulcrum("run", study, "-n", "384", "-q", "-o", self.path(output), *more)
        return self.path(output)

    def cut(self):
        """The result of the cut study, made once."""
        name = self.path("cut.h5")
        return name if os.path.exists(name) else self.run_study(self.path("cut.yaml"), "cut.h5")

    def same_results(self, one, other):
        first, second = contents(one), contents(other)
        self.assertEqual(sorted(first), sorted(second))
        self.assertGreater(len(first), 100)
        # The state holds the study as its authors wrote it, which may differ in form.
        self.assertEqual([name for name in first if first[name] != second[name] and not name.startswith("state/")], [])

    def test_there_is_something_to_put_together(self):
        self.assertGreaterEqual(len(self.programs), 3)
        self.assertEqual(sorted(self.others), ["dependence", "macro", "references"])

    def test_a_cut_study_is_the_same_study(self):
        self.assertEqual(fulcrum("check", self.path("cut.yaml"), "--canonical"), self.whole)
        self.same_results(self.run_study(self.path("whole.yaml"), "whole.h5"), self.cut())

    def test_the_text_of_all_files_is_in_the_result(self):
        with h5py.File(self.cut()) as file:
            written = file["study/as_written"].asstr()[()]
        self.assertNotIn(self.folder.name, written)
        for part in self.programs + self.others:
            with open(self.path(f"parts/{part}.yaml"), encoding="utf-8") as file:
                self.assertIn(f"# file: parts/{part}.yaml\n{file.read()}", written)

    def test_the_result_does_not_tell_where_the_study_lies(self):
        far = self.cut()
        fulcrum("run", "cut.yaml", "-n", "384", "-q", "-o", "near.h5", cwd=self.folder.name)
        with open(far, "rb") as one, open(self.path("near.h5"), "rb") as other:
            self.assertEqual(one.read(), other.read())

    def test_the_order_of_included_programs_moves_no_draw(self):
        self.include("reversed.yaml", self.others + self.programs[::-1])
        compared = 0
        with h5py.File(self.cut()) as one, \
                h5py.File(self.run_study(self.path("reversed.yaml"), "other.h5")) as other:
            keys = [texts(file["program"]) for file in (one, other)]
            self.assertEqual(keys[0][:-1], keys[1][:-1][::-1])
            self.assertEqual(keys[0][-1], keys[1][-1])
            for name, dataset in one.items():
                if not isinstance(dataset, h5py.Dataset) or dataset.dtype.kind not in "fiu":
                    continue
                if not any(len(dim) and dim[0].name == "/program" for dim in list(dataset.dims)[:1]):
                    continue
                for program, first, second in zip(sorted(keys[0]), sorted_by_labels(dataset),
                                                  sorted_by_labels(other[name])):
                    if program != keys[0][-1]:  # the order of a sum of programs is theirs
                        self.assertEqual(first.tobytes(), second.tobytes(), f"{name} of {program}")
                        compared += 1
        self.assertGreater(compared, 100)

    def test_an_overlay_equals_the_same_assignments(self):
        program = self.programs[0]
        os.makedirs(self.path("policies"), exist_ok=True)
        self.write("policies/over.yaml", "base: ../cut.yaml\nname: A policy\nset:\n"
                   f"  programs/{program}/match/required: {{uniform: {{min: 1, max: 2}}}}\n  portfolio/coordination: 0\n")
        assignments = ["--set", f"programs/{program}/match/required={{uniform: {{min: 1, max: 2}}}}",
                       "--set", "portfolio/coordination=0", "--set", "name=A policy"]
        over = self.path("policies/over.yaml")
        self.assertEqual(fulcrum("check", over, "--canonical"),
                         fulcrum("check", self.path("whole.yaml"), "--canonical", *assignments))
        self.same_results(self.run_study(over, "over.h5"),
                          self.run_study(self.path("whole.yaml"), "set.h5", *assignments))
        # What --set says comes last.
        again = fulcrum("check", over, "--canonical", "--set", "portfolio/coordination=0.5")
        self.assertIn("coordination: 0.5", again)

    def test_trace_takes_an_overlay(self):
        self.write("over.yaml", "base: cut.yaml\nset: {portfolio/coordination: 0}\n")
        self.assertEqual(fulcrum("trace", self.path("over.yaml")),
                         fulcrum("trace", self.path("whole.yaml"), "--set", "portfolio/coordination=0"))


if __name__ == "__main__":
    unittest.main()
