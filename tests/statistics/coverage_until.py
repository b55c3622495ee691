#!/usr/bin/env python3
"""How often do the intervals of --until miss? python3 coverage_until.py REPETITIONS RUNS SEED

Two parts. REPETITIONS of tests/tools/until_coverage, which judges known answers look by look: the
share of repetitions in which any look missed, and in which the look where it stopped missed. RUNS of
the whole program on a study with answers in closed form, each ended by --until. Intervals of level
95 % may miss in 5 %, by chance a little more; exits with 1 where they miss more often. Last, the same
tool with intervals for one look only, which must be caught.
"""

import math
import os
import subprocess
import sys

import yaml
from scipy import stats

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "run"))

import fulcrum  # noqa: E402

LAW = stats.lognorm(0.5, scale=10)
STUDY = {
    "fulcrum": 1, "horizon": {"base_year": 2025, "years": 1},
    "programs": {"P": {
        "instrument": "grant", "budget": {"mode": "award"}, "cost": {"ratio": 1},
        "units": {"cohorts": [{"start": 2025, "count": 1}], "award": [1]},
        "outcomes": {"sales": {"driver": "federal",
                               "multiplier": {"lognormal": {"mu": math.log(10), "sigma": 0.5}}}}}}}
TARGETS = {"P/sales_per_dollar mean 1%": LAW.mean(), "P/sales_per_dollar quantile 0.9 0.4": LAW.ppf(0.9),
           "P/sales_per_dollar probability >= 30 15%": LAW.sf(30)}


def most(repetitions, share=0.05):
    """Misses that a true share gives at most, but for one in two thousand."""
    return int(stats.binom.isf(5e-4, repetitions, share))


def tool(repetitions, looks, seed, *arguments):
    """{goal: (missed at some look, stopped, missed where it stopped)} of the tool."""
    path = os.path.join(fulcrum.BUILD, "tests", "tools", "until_coverage")
    done = subprocess.run([path, str(repetitions), str(looks), str(seed), *arguments], check=True,
                          stdout=subprocess.PIPE, encoding="utf-8")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return {name: tuple(map(int, counts)) for *counts, name in rows}


def too_many(counts, repetitions):
    """The goals that miss too often."""
    return [name for name, (ever, _, at_stop) in counts.items()
            if max(ever, at_stop) > most(repetitions)]


def table(counts, repetitions):
    """Prints shares."""
    for name, (ever, stopped, at_stop) in counts.items():
        print(f"until: {name:24} some look missed {ever / repetitions:.4f}   "
              f"stopped {stopped / repetitions:.3f}, missing {at_stop / repetitions:.4f}")


def runs(count, seed):
    """How often the whole program's intervals missed, each and any, where it had stopped."""
    missed, samples = dict.fromkeys([*TARGETS, "any"], 0), []
    options = [word for target in TARGETS for word in ("--until", target)]
    with fulcrum.folder() as folder:
        study = os.path.join(folder, "study.yaml")
        with open(study, "w", encoding="utf-8") as file:
            yaml.safe_dump(STUDY, file)
        for i in range(count):
            path = os.path.join(folder, "r.h5")
            fulcrum.must("run", study, "-q", "-o", path, "--seed", seed * 10 ** 6 + i, *options)
            with fulcrum.Result(path) as result:
                until = result.file["until"]
                samples.append(int(result.file.attrs["samples"]))
                assert list(TARGETS) == fulcrum.texts(until["target"]) and all(until["satisfied"][()])
                outside = [not low <= truth <= high for low, high, truth in
                           zip(until["low"][()], until["high"][()], TARGETS.values())]
            for target, miss in zip(TARGETS, outside):
                missed[target] += miss
            missed["any"] += any(outside)
    print(f"until: {count} whole runs of {min(samples)} to {max(samples)} samples")
    for target, misses in missed.items():
        print(f"until: {target:44} missed {misses / count:.4f}")
    return missed["any"] <= most(count)


def main():
    """All parts."""
    repetitions, count, seed = map(int, sys.argv[1:4])
    counts = tool(repetitions, 32, seed)
    table(counts, repetitions)
    wrong = too_many(counts, repetitions)
    fixed = tool(200, 22, seed, "fixed")
    caught = too_many(fixed, 200)
    print(f"until: intervals for one look are caught in {len(caught)} of {len(fixed)} goals")
    good = not wrong and len(caught) >= 7 and runs(count, seed)
    for name in wrong:
        print(f"until: WRONG: {name}")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
