#!/usr/bin/env python3
"""How often do intervals of values of information hold the truth? python3 coverage_voi.py REPETITIONS SEED

REPETITIONS of the tool in tests/unit/test_voi.c with few samples and with more: choices among alternatives whose values
of information are known in closed form. Exits with 1 where 95 % intervals hold the truth less often than stated below.

What is promised. The interval is that of the learned rule, so where the choice is clear and the rule nearly the best
one, it holds the truth in 95 %. Where alternatives are equally good on average, the largest of their means is too high,
and the value too low, by about an error. A value is hardly ever above the truth: its lower end is in 2.5 %.
"""
import os
import subprocess
import sys

from scipy import stats

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "run"))
import fulcrum  # noqa: E402

CLEAR, HELD, HELD_TIE, BELOW = ("linear", "dependent", "square"), 0.94, 0.91, 0.97


def judge(what, share, promised, repetitions):
    """Whether the share is good but for one in two thousand; text of it."""
    good = share * repetitions >= stats.binom.ppf(5e-4, repetitions, promised)
    return good, f"{what} {share:.3f}{'' if good else ' WRONG'}"


def main():
    repetitions, seed = int(sys.argv[1]), sys.argv[2]
    tool = os.path.join(fulcrum.BUILD, "tests", "unit", "test_voi")
    all_good = True
    for samples in ("20000", "100000"):
        done = subprocess.run([tool, "coverage", str(repetitions), seed, samples], check=True, stdout=subprocess.PIPE,
                              encoding="utf-8")
        for line in done.stdout.splitlines():
            _, problem, thing, _, _, held, below, bracketed, mean, truth = line.split()
            held, below, bracketed = (int(number) / repetitions for number in (held, below, bracketed))
            rows = [judge("holds it", held, HELD if problem in CLEAR else HELD_TIE, repetitions),
                    judge("not above it", below, BELOW, repetitions)]
            thing = "all known" if thing == "6" else f"thing {thing}"
            print(f"voi: {problem:9} {thing:9} {samples:>6}  {rows[0][1]}, {rows[1][1]}, between bound and promise "
                  f"{bracketed:.3f}; mean {mean}, exactly {truth}")
            all_good = all_good and all(good for good, _ in rows)
    sys.exit(not all_good)


if __name__ == "__main__":
    main()
