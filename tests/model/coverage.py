#!/usr/bin/env python3
"""How often do intervals hold the exact value? python3 tests/model/coverage.py REPETITIONS SEED

Runs a small study again and again with other seeds, and counts for means (two standard errors),
quantiles (order statistics) and probabilities of targets (Wilson) how often the exact value, known
in closed form, lies in the 95 % interval; then the same of paired differences with a policy that makes
the outcome a fifth smaller in every sample, of its regret and of a margin. The counts must be those of
a fair 95 %, or more where an interval promises at least 95 %. Exits with 1 if one is not.
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
LAW = stats.lognorm(0.5, scale=10)
STUDY = {
    "fulcrum": 1, "horizon": {"base_year": 2025, "years": 1},
    "programs": {"P": {
        "instrument": "grant", "budget": {"mode": "award"}, "cost": {"ratio": 1},
        "units": {"cohorts": [{"start": 2025, "count": 1}], "award": [1]},
        "outcomes": {"sales": {"driver": "federal",
                               "multiplier": {"lognormal": {"mu": math.log(10), "sigma": 0.5}}}}}},
    "targets": [{"output": "P/sales_per_dollar", "at_least": 12.0},
                {"output": "P/sales_per_dollar", "at_least": 30.0}]}


# The policy: 0.8 of the base's outcome in every sample, so the difference is -0.2 of a LAW.
POLICY = {"base": "study.yaml", "set": {
    "programs/P/outcomes/sales/multiplier": {"lognormal": {"mu": math.log(8), "sigma": 0.5}}}}
LOSS = stats.lognorm(0.5, scale=2)
MARGIN = 3.0


def held_by_pairs(path):
    """The same of a comparison."""
    import h5py
    with h5py.File(path, "r") as file:
        def of(name):
            return file[f"sales_per_dollar_difference_{name}"][1, 0]
        row = {"difference": abs(of("mean") + LOSS.mean()) <= 1.96 * of("standard_error"),
               "regret": abs(file["regret_mean"][0, 1] - LOSS.mean()) <= 1.96 * file["regret_standard_error"][0, 1]}
        for q, a, b in zip(file["quantile"][()], of("quantile_low"), of("quantile_high")):
            row[f"difference {q}"] = a <= -LOSS.ppf(1 - q) <= b
        row["at margin"] = file["margin_low"][0, 1] <= LOSS.sf(MARGIN) <= file["margin_high"][0, 1]
    return row


def held(result):
    """{what: whether its interval holds the exact value} of one run."""
    mean, error = (result.get("P/sales_per_dollar", name) for name in ("mean", "standard_error"))
    row = {"mean": abs(mean - LAW.mean()) <= 1.96 * error}
    p = result.file["quantile"][()]
    low, high = (result.get("P/sales_per_dollar", f"quantile_{end}") for end in ("low", "high"))
    for q, a, b in zip(p, low, high):
        row[f"quantile {q}"] = a <= LAW.ppf(q) <= b
    for i, target in enumerate(STUDY["targets"]):
        low, high = (result.target(i, end) for end in ("low", "high"))
        row[f"at least {target['at_least']}"] = low <= LAW.sf(target["at_least"]) <= high
    return row


def main():
    """Counts and judges."""
    repetitions, seed = int(sys.argv[1]), int(sys.argv[2])
    counts, good = {}, True
    with fulcrum.folder() as folder:
        study = os.path.join(folder, "study.yaml")
        with open(study, "w", encoding="utf-8") as file:
            yaml.safe_dump(STUDY, file)
        policy, compared = os.path.join(folder, "policy.yaml"), os.path.join(folder, "c.h5")
        with open(policy, "w", encoding="utf-8") as file:
            yaml.safe_dump(POLICY, file)
        for i in range(repetitions):
            again = ("--seed", seed * 10 ** 6 + i)
            with fulcrum.result(study, SAMPLES, os.path.join(folder, "r.h5"), *again) as result:
                rows = held(result)
            fulcrum.must("compare", study, policy, "-n", SAMPLES, "-q", "-o", compared, "--margin",
                         f"P/sales_per_dollar={MARGIN}", "--decide", "P/sales_per_dollar", *again)
            rows.update(held_by_pairs(compared))
            for what, inside in rows.items():
                counts[what] = counts.get(what, 0) + bool(inside)
    for what, count in counts.items():
        # One in a thousand for each, below; above only where an interval is not rounded outwards.
        low = stats.binom.ppf(5e-4, repetitions, 0.945 if what.startswith("at") else 0.95)
        high = stats.binom.ppf(1 - 5e-4, repetitions, 0.975)
        if what in ("mean", "difference", "regret"):
            low = stats.binom.ppf(5e-4, repetitions, 0.94)  # a skewed sum of a thousand
        verdict = "" if low <= count <= high else "  WRONG"
        good = good and not verdict
        print(f"coverage: {what:18} {count / repetitions:.3f}{verdict}")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
