#!/usr/bin/env python3
"""How often does a break-even's interval hold the exact one? python3 tests/model/coverage_sweep.py REPETITIONS SEED

Benefit of the study is x X - Y, of one federal dollar: x the lever (value of an outcome), X and Y independent lognormal
multipliers. So its mean is a straight line in x and crosses a level c at x = (c + E Y) / E X exactly. Samples at neighbouring
points are correlated, from not at all (x = 0 and x = 4) to nearly fully, so that intervals that neglect the pairs
fail: too narrow as of independent points, too wide as of the same. Exits with 1 if a count is not that of a fair 95 %.
"""

import math
import os
import sys

import yaml
from scipy import stats

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "run"))

import fulcrum  # noqa: E402

SAMPLES = 1000
X, Y = stats.lognorm(0.4, scale=2), stats.lognorm(0.3, scale=4)
LEVELS = (-3.0, -1.0, 0.0, 2.0, 4.5, 9.0)


def outcome(median, sigma, value):
    """An outcome whose multiplier is lognormal."""
    return {"driver": "federal", "value": value,
            "multiplier": {"lognormal": {"mu": math.log(median), "sigma": sigma}}}


STUDY = {
    "fulcrum": 1, "horizon": {"base_year": 2025, "years": 1},
    "programs": {"P": {
        "instrument": "grant", "budget": {"mode": "award"}, "cost": {"ratio": 1},
        "units": {"cohorts": [{"start": 2025, "count": 1}], "award": [1]},
        "outcomes": {"good": outcome(2, 0.4, 1), "bad": outcome(4, 0.3, -1)}}}}


def breaks(folder, study, seed):
    """{level: [(value, low, high)]} of one sweep."""
    import h5py
    path = os.path.join(folder, "s.h5")
    asked = [word for level in LEVELS for word in ("--break-even", f"P/benefit/2025={level}")]
    fulcrum.must("sweep", study, "--lever", "programs/P/outcomes/good/value=0,4,5,8", "-n", SAMPLES, "-q", "-o", path,
                 "--keep", "P/benefit/2025", "--seed", seed, *asked)
    found = {}
    with h5py.File(path) as file:
        rows = zip(*(file[f"break_even_{name}"][()] for name in ("level", "value", "low", "high")))
        for level, *rest in rows:
            found.setdefault(level, []).append(rest)
    return found


def count(repetitions, seed):
    """{level: how many of the repetitions have an interval that holds the exact break-even}."""
    held = dict.fromkeys(LEVELS, 0)
    with fulcrum.folder() as folder:
        study = os.path.join(folder, "study.yaml")
        with open(study, "w", encoding="utf-8") as file:
            yaml.safe_dump(STUDY, file)
        for i in range(repetitions):
            found = breaks(folder, study, seed * 10 ** 6 + i)
            for level in LEVELS:
                exact = (level + Y.mean()) / X.mean()
                held[level] += any(low <= exact <= high for _, low, high in found[level])
    return held


def main():
    """Counts and judges: one in a thousand for each level, within 0.94 to 0.96 for a mean of a thousand."""
    repetitions, seed = int(sys.argv[1]), int(sys.argv[2])
    good = True
    for level, held in count(repetitions, seed).items():
        low = stats.binom.ppf(5e-4, repetitions, 0.94)
        high = stats.binom.ppf(1 - 5e-4, repetitions, 0.96)
        verdict = "" if low <= held <= high else "  WRONG"
        good = good and not verdict
        exact = (level + Y.mean()) / X.mean()
        print(f"sweep: mean of benefit = {level:4}, break-even {exact:.3f}: {held / repetitions:.3f}{verdict}")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
