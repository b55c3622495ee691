#!/usr/bin/env python3
"""How often do intervals of sensitivity indices hold the truth? python3 coverage_indices.py REPETITIONS SEED

Repeats each method (tests/unit/test_estimators.c) on models whose indices are known (references.py) and prints, for
each kind of number, the shares of 95 % intervals that hold the truth: the mean over factors and the least of them.
Exits with 1 where a share is too far below what is promised to be chance (one in two thousand).
"""
import collections
import os
import subprocess
import sys

from scipy import stats

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import references  # noqa: E402

TOOL = os.path.join(os.environ.get("BUILD", "build/test-gcc-openmpi"), "tests", "unit", "test_estimators")

# method, model, design, samples
CASES = [
    ("sobol", "ishigami", "mc", 2048), ("sobol", "ishigami", "lhs", 2048), ("sobol", "ishigami", "sobol", 2048),
    ("sobol", "g", "mc", 2048), ("sobol", "g", "sobol", 2048),
    ("sobol", "borehole", "mc", 2048), ("sobol", "borehole", "sobol", 2048),
    ("sobol", "oakley", "mc", 2048), ("sobol", "oakley", "sobol", 2048),
    ("sobol", "triple", "mc", 2048), ("sobol", "triple", "sobol", 2048),
    ("second", "ishigami", "mc", 2048), ("second", "g", "mc", 2048), ("second", "g", "sobol", 2048),
    ("shapley", "ishigami", "mc", 12288), ("shapley", "ishigami", "sobol", 16384), ("shapley", "g", "mc", 12288),
    ("shapley", "triple", "mc", 12288), ("shapley", "triple", "sobol", 16384), ("shapley", "oakley", "mc", 12288),
    ("shapley", "alike", "mc", 12288), ("shapley", "alike", "sobol", 16384),
    ("screening", "borehole", "mc", 1024), ("screening", "morris", "mc", 1024), ("screening", "morris", "lhs", 1024),
]
PROMISED = 0.92
# Where all that a factor does is less than this share of the variance, it may come from few samples (as for the radius
# of influence of the borehole: 2e-6), and an interval be too narrow for it: not judged.
NEGLIGIBLE = 1e-4


def values(method, model, design, seed, samples, repetitions):
    """Rows ((output, name, factor), value, error, low, high)."""
    words = (method, model, design, *map(str, (seed, samples, repetitions)))
    done = subprocess.run([TOOL, "values", *words], check=True, stdout=subprocess.PIPE, encoding="utf-8")
    for line in done.stdout.splitlines():
        _, output, name, factor, *numbers = line.split()
        yield (int(output), name, factor), *map(float, numbers)


def is_negligible(key, truths):
    output, _, factor = key
    return any(abs(truths.get((output, name, factor), (1,))[0]) < NEGLIGIBLE for name in ("total", "shapley"))


def shares(method, model, design, seed, samples, repetitions):
    """{name: [(share of intervals that hold the truth, mean error over the spread of the values), ...]}"""
    truths = references.truths(method, model)
    held, drawn = collections.Counter(), collections.defaultdict(list)
    for key, value, error, low, high in values(method, model, design, seed, samples, repetitions):
        if key in truths and error > 0 and not is_negligible(key, truths):
            held[key] += low <= truths[key][0] <= high
            drawn[key].append((value, error))
    found = collections.defaultdict(list)
    for key, pairs in drawn.items():
        spread = stats.tstd([value for value, _ in pairs])
        mean = sum(error for _, error in pairs) / len(pairs)
        found[key[1]].append((held[key] / len(pairs), mean / spread, key[2]))
    return found


def main():
    repetitions, seed = int(sys.argv[1]), int(sys.argv[2])
    wanted = sys.argv[3:]
    good = True
    print(f"{'':44}mean   least (factor)  error/spread")
    for case in CASES:
        if wanted and case[0] not in wanted:
            continue
        method, model, design, samples = case
        for name, rows in shares(method, model, design, seed * 10**6, samples, repetitions).items():
            share, _, factor = min(rows)
            mean = sum(row[0] for row in rows) / len(rows)
            ratio = sum(row[1] for row in rows) / len(rows)
            fine = share * repetitions >= stats.binom.ppf(5e-4 / len(rows), repetitions, PROMISED)
            good = good and fine
            print(f"{method:10}{model:9}{design:6}{samples:6}  {name:11} {mean:.3f}  {share:.3f} ({factor})"
                  f"  {ratio:.2f}{'' if fine else '  WRONG'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
