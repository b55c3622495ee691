#!/usr/bin/env python3
"""What a trace shows is what a run counts, bit for bit: the model takes other ways where nobody looks on.

Every study of tests/model/studies and some random ones: samples kept by a run, from all parts of a block,
against traces of the same samples.
"""

import glob
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "run"))
sys.path.insert(0, HERE)

import h5py  # noqa: E402
import numpy as np  # noqa: E402

import fulcrum  # noqa: E402
from random_study import random_study  # noqa: E402

COUNT = 192
SAMPLES = (0, 7, 63, 64, 130, 191)
FIRST_RANDOM, RANDOM = 101, 8


def traced(file, name):
    """Values of an output in a trace, one a sample; None where it has another form there."""
    program, metric, *rest = name.split("/")
    if not rest and metric in file["outputs"]:
        return file["outputs"][metric][:, fulcrum.texts(file["program"]).index(program)]
    if len(rest) != 1 or not rest[0].isdigit() or metric not in file["programs"][program]:
        return None
    return file["programs"][program][metric][:, list(file["fiscal_year"]).index(int(rest[0]))]


def differences(study, folder, seed=1):
    """Names of outputs whose bits differ, and how many were compared."""
    result = os.path.join(folder, "run.h5")
    fulcrum.must("run", study, "-q", "-n", COUNT, "--seed", seed, "--samples", "-o", result)
    path = fulcrum.trace(study, SAMPLES, os.path.join(folder, "trace.h5"), "--seed", seed)
    with h5py.File(result.replace(".h5", ".samples.h5")) as kept, h5py.File(path) as trace:
        output = kept["output"][()][list(SAMPLES)]
        wrong, seen = [], 0
        for column, name in enumerate(fulcrum.texts(kept["name"])):
            shown = traced(trace, name)
            if shown is None:
                continue
            seen += 1
            if np.ascontiguousarray(output[:, column]).tobytes() != shown.tobytes():
                wrong.append(name)
    return wrong, seen


class Untraced(unittest.TestCase):
    """Runs and traces of the same samples."""

    def agree(self, study, seed=1):
        """Every output that both have."""
        with fulcrum.folder() as folder:
            wrong, seen = differences(study, folder, seed)
        self.assertEqual(wrong, [], study)
        self.assertGreater(seen, 30)

    def test_studies(self):
        for study in sorted(glob.glob(os.path.join(fulcrum.STUDIES, "*.yaml"))):
            with self.subTest(study=os.path.basename(study)):
                self.agree(study)

    def test_random_studies(self):
        for number in range(FIRST_RANDOM, FIRST_RANDOM + RANDOM):
            with fulcrum.folder() as folder:
                study = os.path.join(folder, f"random_{number}.yaml")
                with open(study, "w", encoding="utf-8") as file:
                    file.write(random_study(number))
                with self.subTest(number=number):
                    self.agree(study, number)


if __name__ == "__main__":
    unittest.main()
