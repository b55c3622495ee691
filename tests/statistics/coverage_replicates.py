#!/usr/bin/env python3
"""How often do intervals from replicates hold the truth? python3 coverage_replicates.py REPETITIONS RUNS SEED

REPETITIONS of the tool in tests/unit/test_replicates.c for each design, with few samples and with more: functions of
three normals with means, quantiles and probabilities in closed form. Then RUNS of the whole program on the study of
tests/model/coverage.py. Exits with 1 where an interval of 95 % holds the truth less often than stated below.
"""
import os
import subprocess
import sys

import yaml
from scipy import stats

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(os.path.dirname(HERE), "run"), os.path.join(os.path.dirname(HERE), "model")]

import coverage  # noqa: E402
import fulcrum  # noqa: E402

# What is promised of 95 % intervals. Where one number of the sample decides, the error that balanced sets leave in a
# mean is that of their largest value, and a standard deviation of skewed values is far from normal in any design.
PROMISED, SKEWED_MEAN, SKEWED_SD = 0.94, 0.86, 0.74


def promise(design, function, quantity):
    if quantity == "sd":
        return SKEWED_SD
    return SKEWED_MEAN if (quantity, function) == ("mean", "single") and design != "mc" else PROMISED


def judge(design, samples, function, quantity, share, repetitions):
    """Prints a line; whether it is good but for one in two thousand."""
    least = stats.binom.ppf(5e-4, repetitions, promise(design, function, quantity))
    good = share * repetitions >= least
    print(f"replicates: {design:6}{samples:7}  {function:7}{quantity:15} {share:.4f}{'' if good else '  WRONG'}")
    return good


def tool(design, repetitions, seed, samples):
    """Rows (function, quantity, share)."""
    path = os.path.join(fulcrum.BUILD, "tests", "unit", "test_replicates")
    done = subprocess.run([path, "coverage", design, *map(str, (repetitions, seed, samples))], check=True,
                          stdout=subprocess.PIPE, encoding="utf-8")
    for line in done.stdout.splitlines():
        head, _, _ = line.partition("mean width")
        words = head.split()
        yield words[2], " ".join(words[3:-1]), float(words[-1])


def held(result):
    """As tests/model/coverage.py, with Student's t for the mean."""
    row = coverage.held(result)
    mean, error = (result.get("P/sales_per_dollar", name) for name in ("mean", "standard_error"))
    row["mean"] = abs(mean - coverage.LAW.mean()) <= stats.t.ppf(0.975, 15) * error
    return row


def whole_program(design, runs, seed):
    """{what: share} over runs of the program."""
    counts = {}
    with fulcrum.folder() as folder:
        study = os.path.join(folder, "study.yaml")
        with open(study, "w", encoding="utf-8") as file:
            yaml.safe_dump(coverage.STUDY, file)
        for i in range(runs):
            with fulcrum.result(study, 1024, os.path.join(folder, "r.h5"), "--design", design, "--seed",
                                seed * 10**6 + i) as result:
                for what, inside in held(result).items():
                    counts[what] = counts.get(what, 0) + bool(inside)
    return {what: count / runs for what, count in counts.items()}


def main():
    repetitions, runs, seed = map(int, sys.argv[1:4])
    good = True
    for design in ("mc", "lhs", "sobol"):
        for samples, times in ((2048, repetitions), (16384, repetitions // 4)):
            for function, quantity, share in tool(design, times, seed * 10**6, samples):
                good = judge(design, samples, function, quantity, share, times) and good
    for design in ("lhs", "sobol"):
        for what, share in whole_program(design, runs, seed).items():
            good = judge(design, 1024, "single", what, share, runs) and good
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
