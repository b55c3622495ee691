"""Each instrument against a closed form or a quadrature that shares nothing with the engine.

guarantee: the expected payout of a capped pool; fund: the J-curve without volatility; prize: the probability of a
threshold; reimbursement: payments are a rate of spending years before; grant: match caps what is drawn.
"""

import math
import os
import subprocess
import tempfile
import unittest

import h5py
import numpy
from scipy.integrate import quad
from scipy.stats import norm

PROGRAM = os.path.join(os.environ.get("BUILD", "build/current"), "fulcrum")
SAMPLES = 40000


def study(years, program):
    """A study of one program P in constant prices and without discounting."""
    return f"fulcrum: 1\nhorizon: {{base_year: 2025, years: {years}}}\nprograms:\n  P:\n" + program


class Instruments(unittest.TestCase):
    """Means of 40,000 samples within 5 standard errors; figures without volatility to 1e-12."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def simulate(self, text, number=SAMPLES):
        """The result of a study as {variable: array}, of program P."""
        path = os.path.join(self.folder.name, "study.yaml")
        output = os.path.join(self.folder.name, "result.h5")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        subprocess.run([PROGRAM, "run", path, "-n", str(number), "-q", "-o", output], check=True)
        with h5py.File(output) as file:
            return {name: file[name][0] for name in file
                    if name.endswith(("_mean", "_standard_error"))}

    def near(self, result, output, year, expected):
        """The mean of an output in a year is `expected` within 5 standard errors."""
        error = result[f"{output}_standard_error"][year]
        self.assertGreater(error, 0)
        self.assertAlmostEqual(result[f"{output}_mean"][year], expected, delta=5 * error)

    def test_guarantee_pays_the_expectation_of_a_capped_pool(self):
        """One year, loans of one year: receipts are what the pool keeps, capital less min(capital, cover d O)."""
        capital, gearing, cover, default, sigma = 40.0, 8.0, 0.7, 0.1, 1.2
        text = study(1, f"""
    instrument: guarantee
    budget: {{plan: {{2025: {capital}}}}}
    guarantee: {{gearing: {gearing}, cover: {cover}, default: {default}, volatility: {sigma}}}
""")
        book = gearing * capital
        logit = math.log(default / (1 - default))

        def paid(z):
            return min(capital, cover * book / (1 + math.exp(-(logit + sigma * z)))) * norm.pdf(z)

        kink = (math.log(capital / (cover * book) / (1 - capital / (cover * book))) - logit) / sigma
        payout = quad(paid, -12, kink, epsabs=1e-12)[0] + quad(paid, kink, 12, epsabs=1e-12)[0]
        uncapped = cover * book * quad(lambda z: norm.pdf(z) / (1 + math.exp(-(logit + sigma * z))),
                                       -12, 12, epsabs=1e-12)[0]
        self.assertGreater(uncapped - payout, 0.5)  # the cap bites, or the test would not see it
        result = self.simulate(text)
        self.near(result, "receipts", 0, capital - payout)
        self.assertAlmostEqual(result["match_mean"][0], book, delta=1e-9)

    def test_fund_without_volatility_draws_a_j_curve(self):
        """100 a year for three years, held four, times 1.5 after a fee of a tenth, half of it recycled."""
        years, plan, fee, hold, multiple, recycle, ratio = 12, 100.0, 0.1, 4, 1.5, 0.5, 2.0
        text = study(years, f"""
    instrument: fund
    budget: {{plan: {{2025: {plan}, 2028: 0}}}}
    fund: {{ratio: {ratio}, fee: {fee}, hold: {hold}, multiple: {multiple}, recycle: {recycle}}}
""")
        committed = numpy.zeros(years)
        proceeds = numpy.zeros(years)
        for t in range(years):
            committed[t] = (plan if t < 3 else 0) + (recycle * proceeds[t - 1] if t else 0)
            if t + hold < years:
                proceeds[t + hold] += (1 - fee) * committed[t] * multiple
        receipts = (1 - recycle) * proceeds
        receipts[-1] += (1 - fee) * committed[years - hold:].sum() + recycle * proceeds[-1]
        result = self.simulate(text, 10)
        numpy.testing.assert_allclose(result["receipts_mean"], receipts, rtol=1e-12, atol=1e-12)
        numpy.testing.assert_allclose(result["match_mean"], ratio * committed, rtol=1e-12, atol=1e-12)
        net = numpy.cumsum(result["receipts_mean"] - result["federal_mean"])
        self.assertEqual(int(numpy.argmin(net)), 2)     # deepest when the last money is paid in
        self.assertTrue((numpy.diff(net)[2:] >= 0).all())  # and only rises from there
        self.assertGreater(net[-1], 0)

    def test_prize_is_paid_with_the_probability_of_its_threshold(self):
        """Match is mu S times a lognormal of mean 1, so P(match >= target S) is a normal probability."""
        units, award, mu, sigma, target, advance = 25, 2.0, 1.0, 0.5, 1.2, 0.25
        text = study(3, f"""
    instrument: prize
    budget: {{plan: {{2025: 1000}}}}
    units: {{cohorts: [{{start: 2025, count: {units}}}], award: {award}}}
    match: {{sources: {{private: {{ratio: {mu}, volatility: {sigma}}}}}}}
    cost: {{ratio: 1, credit: 1e9}}
    prize: {{advance: {advance}, target: {target}}}
""")
        chance = norm.sf((math.log(target / mu) + sigma**2 / 2) / sigma)
        result = self.simulate(text)
        self.assertAlmostEqual(result["federal_mean"][0], advance * award * units, delta=1e-9)
        for year in (1, 2):
            self.near(result, "federal", year, chance * award * units)

    def test_reimbursement_pays_a_rate_of_what_passed(self):
        """New units spend their match at once; a year's claim passes with probability 0.8, two years later."""
        units, award, mu, rate, chance = 30, 5.0, 2.0, 0.1, 0.8
        text = study(4, f"""
    instrument: reimbursement
    budget: {{plan: {{2025: 1000}}}}
    units: {{cohorts: [{{start: 2025, count: {units}}}], award: {award}}}
    match: {{sources: {{firm: {{ratio: {mu}}}}}}}
    cost: {{ratio: {mu}, credit: 1e9}}
    reimbursement: {{rate: {rate}, lag: 2, pass: {chance}}}
""")
        result = self.simulate(text)
        numpy.testing.assert_allclose(result["federal_mean"][:2], 0, atol=1e-12)
        for year in (2, 3):
            self.near(result, "federal", year, chance * rate * mu * award * units)

    def test_grant_draws_what_the_match_backs(self):
        """F = min(e, M/m): with M = mu e LN, the mean drawn is the price of a capped lognormal (Black 1976)."""
        units, award, mu, sigma, required = 20, 3.0, 1.0, 0.4, 1.0
        text = study(1, f"""
    instrument: grant
    budget: {{mode: award, plan: {{2025: 1000}}}}
    units: {{cohorts: [{{start: 2025, count: {units}}}], award: {award}}}
    match: {{required: {required}, sources: {{state: {{ratio: {mu}, volatility: {sigma}}}}}}}
    cost: {{ratio: 1, credit: 1e9}}
""")
        d1 = (math.log(mu / required) + sigma**2 / 2) / sigma
        call = mu * norm.cdf(d1) - required * norm.cdf(d1 - sigma)
        drawn = units * award * (mu - call) / required
        result = self.simulate(text)
        self.near(result, "federal", 0, drawn)
        self.near(result, "lapsed", 0, units * award - drawn)


if __name__ == "__main__":
    unittest.main()
