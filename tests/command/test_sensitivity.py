"""fulcrum sensitivity: against closed forms on studies whose outputs are simple functions, against numpy
on rows that it draws itself, and against itself on other ranks, killed and resumed."""
import os
import signal
import sys
import unittest

import h5py
import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "run"))
import fulcrum  # noqa: E402
import jobs  # noqa: E402

# Committed match of year one is 100 USD million times the sum of the ratios: units stand, nothing is volatile, pledges
# stay. `shocks` and `dependence` vary by test.
STUDY = """
fulcrum: 1
title: Sum of ratios
horizon: {{base_year: 2025, years: 2}}
programs:
  P:
    instrument: grant
    budget: {{mode: share, plan: {{2025: 100}}}}
    units: {{cohorts: [{{start: 2015, count: 4}}]}}
    match:
      sources:
        a: {{ratio: {a}{volatility}}}
        b: {{ratio: {b}}}
        c: {{ratio: {c}}}
    cost: {{ratio: 2}}
  Q:
    instrument: grant
    budget: {{mode: share, plan: {{2025: 10}}}}
    units: {{cohorts: [{{start: 2015, count: 1}}]}}
    match: {{sources: {{d: {{ratio: {{uniform: {{min: 0, max: 1}}}}}}}}}}
    cost: {{ratio: 2}}
{dependence}
"""
OUTPUT = "P/committed_match/2025"
PATHS = [f"programs/P/match/sources/{key}/ratio" for key in "abc"]


def uniform(low, high):
    """As a study has it."""
    return f"{{uniform: {{min: {low}, max: {high}}}}}"


def normal(mean, sd):
    """As a study has it."""
    return f"{{normal: {{mean: {mean}, sd: {sd}}}}}"


class Sensitivity(jobs.Case):
    """Each test has a study of its own."""

    def write(self, name="study.yaml", a=uniform(1, 2), b=uniform(1, 3), c=uniform(1, 1.5), volatility="",
              dependence=""):
        """A study; gives its path."""
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(STUDY.format(a=a, b=b, c=c, volatility=volatility, dependence=dependence))
        return path

    def analyse(self, study, *arguments, name="out.h5", samples=20000, **settings):
        """The path of the result."""
        path = self.path(name)
        fulcrum.must("sensitivity", study, "-n", samples, "-q", "-o", path, *arguments, **jobs.ENVIRONMENT, **settings)
        return path

    @staticmethod
    def table(path, group, name, output="committed_match", program="P", year=2025):
        """{factor: (value, low, high)} of one output."""
        with h5py.File(path) as file:
            place = file[group]
            names = fulcrum.texts(place["factor"])
            row = fulcrum.texts(place["output"]).index(output)
            column = fulcrum.texts(place["program"]).index(program)
            cells = [place[name + suffix][row, column] for suffix in ("", "_low", "_high")]
            if "fiscal_year" in place:
                years = list(place["fiscal_year"][()])
                cells = [cell[:, years.index(year)] for cell in cells]
            return dict(zip(names, zip(*cells)))

    def holds(self, estimate, expected, wider=1.5):
        """Within half as wide again as the 95 % interval, which is not empty: t = 3.2 of 15 degrees."""
        value, low, high = estimate
        self.assertGreater(high, low)
        self.assertLess(abs(value - expected), wider * (high - low) / 2, estimate)

    # ---- closed forms -----------------------------------------------------------------------------

    def test_a_sum_has_the_shares_of_its_terms(self):
        """Var(U(0, w)) = w^2/12; no interaction; what reaches nothing is 0."""
        path = self.analyse(self.write(), "--of", OUTPUT, "--method", "sobol", "--method", "shapley",
                            "--method", "given_data")
        widths = np.array([1, 2, 0.5])
        shares = widths**2 / np.sum(widths**2)
        for group, name in (("sobol", "first"), ("sobol", "total"), ("shapley", "effect"), ("given_data", "first")):
            found = self.table(path, group + "/by_year", name)
            for factor, share in zip(PATHS, shares):
                self.holds(found[factor], share)
        found = self.table(path, "sobol/by_year", "total")
        self.assertEqual(found["programs/Q/match/sources/d/ratio"], (0, 0, 0))
        src = self.table(path, "given_data/by_year", "src")
        for factor, share in zip(PATHS, shares):
            self.assertAlmostEqual(src[factor][0], np.sqrt(share), delta=0.02)

    def test_shapley_effects_add_up_to_one(self):
        """Exactly, but for rounding, over all factors and whatever the output."""
        path = self.analyse(os.path.join(fulcrum.INPUTS, "first_study.yaml"), "--method", "shapley", samples=960)
        with h5py.File(path) as file:
            for group in ("horizon", "by_year"):
                place = file["shapley"][group]
                variance, effects = place["variance"][()], place["effect"][()]
                total = effects.sum(axis=2)
                varies = variance > 0
                self.assertGreater(varies.sum(), 10)
                np.testing.assert_allclose(total[varies], 1, atol=1e-9)

    def test_dependent_gaussians_have_the_known_effects(self):
        """y = x1 + x2 + x3, corr(x1, x2) = r: Owen and Prieur 2017; Iooss and Prieur 2019, linear Gaussian model.
        First (closed) and total index by the regression of the normals."""
        s, rank = np.array([0.1, 0.2, 0.1]), 0.6
        r = 2 * np.sin(np.pi * rank / 6)
        dependence = f"dependence: [{{pair: [{PATHS[0]}, {PATHS[1]}], rank: {rank}}}]"
        study = self.write(a=normal(2, 0.1), b=normal(2, 0.2), c=normal(2, 0.1), dependence=dependence)
        path = self.analyse(study, "--of", OUTPUT, "--method", "sobol", "--method", "shapley")
        variance = s @ np.array([[1, r, 0], [r, 1, 0], [0, 0, 1]]) @ s
        v1, v2 = (s[0] + r * s[1])**2, (s[1] + r * s[0])**2  # Var E(y | x_i)
        t1, t2 = s[0]**2 * (1 - r * r), s[1]**2 * (1 - r * r)  # E Var(y | the others)
        shapley = {PATHS[0]: (v1 + t1) / 2, PATHS[1]: (v2 + t2) / 2, PATHS[2]: s[2]**2}
        found = self.table(path, "shapley/by_year", "effect")
        for factor, value in shapley.items():
            self.holds(found[factor], value / variance)
        first, total = (self.table(path, "sobol/by_year", name) for name in ("first", "total"))
        for factor, one, rest in zip(PATHS, (v1, v2, s[2]**2), (t1, t2, s[2]**2)):
            self.holds(first[factor], one / variance)
            self.holds(total[factor], rest / variance)
        self.assertGreater(first[PATHS[0]][0], total[PATHS[0]][0])  # which independent factors never have

    def test_an_interaction_is_of_both(self):
        """Committed match = 100 ratio LN(v z): closed form of a product of independent factors; the shocks are the
        irreducible share."""
        v = 0.4
        study = self.write(a=uniform(0, 2), b=0, c=0, volatility=f", volatility: {v}")
        path = self.analyse(study, "--of", OUTPUT, "--method", "sobol", "--method", "shapley", samples=50000)
        x, n = 1 / 3, (np.exp(v * v) - 1) / 4  # squared coefficients of variation, of 4 units' mean of factors
        variance = x + n + x * n
        total, first = (self.table(path, "sobol/by_year", name) for name in ("total", "first"))
        self.holds(first[PATHS[0]], x / variance)
        self.holds(total[PATHS[0]], (x + x * n) / variance)
        self.holds(first["programs/P/shocks"], n / variance)
        self.holds(total["programs/P/shocks"], (n + x * n) / variance)
        effect = self.table(path, "shapley/by_year", "effect")
        self.holds(effect[PATHS[0]], (x + x * n / 2) / variance)
        origin = self.table(path, "origin/by_year", "total")
        self.holds(origin["shocks"], (n + x * n) / variance)
        self.assertGreater(n / variance, 0.05)

    def test_groups_have_closed_indices(self):
        """A group's first index is what its members explain together; the pair's interaction is 0 for a sum."""
        path = self.analyse(self.write(), "--of", OUTPUT, "--method", "sobol", "--second-order",
                            "--group", "ab=*/a/ratio,*/b/ratio", "--group", "rest=*")
        found = self.table(path, "sobol/by_year", "first")
        self.assertEqual(list(found), ["ab", "rest"])
        self.holds(found["ab"], 5 / 5.25)
        with h5py.File(path) as file:
            place = file["sobol/by_year"]
            low, high = place["interaction_low"][0, 0, 0, 0], place["interaction_high"][0, 0, 0, 0]
            self.assertLess(low - 1e-3, 0)
            self.assertGreater(high + 1e-3, 0)
            self.assertAlmostEqual(place["closed"][0, 0, 0, 0], 1, delta=0.02)

    def test_screening_of_a_sum(self):
        """Per unit of probability a uniform quantity changes by its width, everywhere."""
        path = self.analyse(self.write(), "--of", OUTPUT, "--method", "screening", samples=960)
        for factor, width in zip(PATHS, (1, 2, 0.5)):
            for name, expected in (("mu", 100 * width), ("mu_star", 100 * width), ("sigma", 0)):
                found = self.table(path, "screening/by_year", name)[factor][0]
                self.assertAlmostEqual(found, expected, delta=1e-4 * 100 * width)

    def test_a_plug_in_model_goes_the_same_way(self):
        """Ishigami's function (1990): the closed forms of its indices; Shapley effects S_i plus half of S_13."""
        a, b = 7, 0.1
        variance = a**2 / 8 + b * np.pi**4 / 5 + b**2 * np.pi**8 / 18 + 0.5
        s1, s2 = (b * np.pi**4 / 5 + b**2 * np.pi**8 / 50 + 0.5) / variance, a**2 / 8 / variance
        s13 = 1 - s1 - s2
        path = self.path("ishigami.h5")
        fulcrum.must("sensitivity", "--model", os.path.join(fulcrum.BUILD, "tests", "models", "ishigami.so"),
                     "--design", "sobol", "-n", 16384, "-q", "-o", path, "--method", "sobol", "--method", "shapley",
                     "--method", "given_data", **jobs.ENVIRONMENT)

        def table(group, name):
            return self.table(path, group + "/horizon", name, output="y", program="ishigami")
        cases = (("sobol", "first", (s1, s2, 0)), ("sobol", "total", (s1 + s13, s2, s13)),
                 ("shapley", "effect", (s1 + s13 / 2, s2, s13 / 2)), ("given_data", "first", (s1, s2, 0)))
        for group, name, values in cases:
            found = table(group, name)
            for i, value in enumerate(values):
                self.holds(found[f"quantities/x{i + 1}"], value)

    # ---- numpy on rows of its own -----------------------------------------------------------------

    def test_indices_are_those_of_numpy_on_the_same_draws(self):
        """The draws of A and B by name (random streams' rule), the sum by hand, Jansen's total index."""
        sys.path.insert(0, os.path.join(fulcrum.ROOT, "tests", "reference"))
        import draws  # pylint: disable=import-outside-toplevel
        samples = 1920
        path = self.analyse(self.write(), "--of", OUTPUT, "--method", "sobol", "--seed", 5, samples=samples)
        widths = np.array([1, 2, 0.5])

        def points(prefix):
            return np.array([[draws.uniforms(5, prefix + name, i)[0] for i in range(samples)] for name in PATHS])
        a, b = points(""), points("again/")
        f = 100 * (3 + widths @ a)
        g = 100 * (3 + widths @ b)
        mean = np.concatenate([f, g]).mean()
        variance = np.concatenate([f, g]).var()
        total, first = (self.table(path, "sobol/by_year", name) for name in ("total", "first"))
        for k, name in enumerate(PATHS):
            mixed = a.copy()
            mixed[k] = b[k]
            h = 100 * (3 + widths @ mixed)
            jansen = np.mean((f - h)**2) / (2 * variance)
            janon = (np.mean((g - mean) * (h - mean)) - (1 - jansen) * np.mean((g - mean) * (f - mean))) / variance
            self.assertAlmostEqual(total[name][0], jansen, delta=1e-6)
            self.assertAlmostEqual(first[name][0], janon, delta=1e-6)

    # ---- exactness --------------------------------------------------------------------------------

    def test_ranks_instructions_kills_and_resumption_change_no_byte(self):
        """1, 2, 5 ranks; stopped by a signal and gone on with on other ranks; killed outright."""
        study = os.path.join(fulcrum.INPUTS, "instruments", "side_by_side.yaml")
        arguments = [study, "-n", 1500, "-q", "--of", "*/leverage_ratio", "--of", "portfolio/match", "--method", "sobol", "--method", "shapley", "--method", "screening",
                     "--method", "given_data", "--by", "section"]
        expected = self.path("whole.h5")
        fulcrum.must("sensitivity", *arguments, "-o", expected, **jobs.ENVIRONMENT)
        with open(expected, "rb") as file:
            whole = file.read()

        def same(path):
            with open(path, "rb") as file:
                self.assertEqual(file.read(), whole)
        path = self.path("ranks.h5")
        for ranks, isa in ((2, None), (5, "v3")):
            job = jobs.Job("sensitivity", *arguments, "-o", path, ranks=ranks, isa=isa)
            self.assertEqual(job.end()[0], 0)
            same(path)
        path = self.path("stopped.h5")
        job = jobs.Job("sensitivity", *arguments, "-o", path, "--checkpoint", 192, ranks=2)
        self.assertTrue(job.ready(2))
        job.wait_until(lambda: os.path.exists(path + ".checkpoint"))
        job.signal(signal.SIGUSR1, job.ranks()[0])
        code, said = job.end()
        self.assertEqual(code, jobs.STOPPED, said)
        self.assertFalse(os.path.exists(path))
        job = jobs.Job("sensitivity", *arguments, "-o", path, "--resume", "--checkpoint", 192, ranks=5)
        job.wait_until(lambda: False, 0.5)
        job.kill("all", self.draws)
        job.end_after_kill()
        job = jobs.Job("sensitivity", *arguments, "-o", path, "--resume")
        self.assertEqual(job.end()[0], 0)
        same(path)
        self.assertFalse(os.path.exists(path + ".checkpoint"))

    def test_a_checkpoint_of_another_question_is_refused(self):
        """Other methods, outputs or groups."""
        study, path = self.write(), self.path("question.h5")
        job = jobs.Job("sensitivity", study, "-n", 10**7, "-q", "-o", path, "--method", "sobol")
        self.assertTrue(job.ready(1))
        job.wait_until(lambda: False, 0.3)
        job.signal(signal.SIGTERM, *job.ranks())
        self.assertEqual(job.end()[0], jobs.STOPPED)
        for other in (["--method", "shapley"], ["--method", "sobol", "--by", "kind"],
                      ["--method", "sobol", "--of", OUTPUT]):
            done = fulcrum.run("sensitivity", study, "-n", 10**7, "-q", "-o", path, "--resume", *other,
                               **jobs.ENVIRONMENT)
            self.assertEqual(done.returncode, 65, done.stderr)
            self.assertIn("checkpoint", done.stderr)

    # ---- files and words --------------------------------------------------------------------------

    def test_tables_open_in_xarray_by_group(self):
        """Each group alone, with its coordinates."""
        import xarray  # pylint: disable=import-outside-toplevel
        path = self.analyse(os.path.join(fulcrum.INPUTS, "first_study.yaml"), "--method", "sobol",
                            "--method", "given_data", samples=960)
        data = xarray.open_dataset(path, group="sobol/by_year", engine="netcdf4")
        cell = data["first"].sel(output="match", program="CENTERS", fiscal_year=2026,
                                 factor="programs/CENTERS/match/sources/state/ratio")
        self.assertGreater(float(cell), 0.3)
        data = xarray.open_dataset(path, group="given_data/horizon", engine="netcdf4")
        self.assertEqual(set(data["delta"].dims), {"output", "program", "factor"})

    def test_terminal_ranks_and_warns(self):
        """The largest first; what nobody can know; dependence."""
        dependence = f"dependence: [{{pair: [{PATHS[0]}, {PATHS[1]}], rank: 0.5}}]"
        study = self.write(dependence=dependence, volatility=", volatility: 0.1")
        done = fulcrum.run("sensitivity", study, "-n", 1920, "-o", self.path("t.h5"), "--of", "P/*",
                           "--method", "sobol", "--show", OUTPUT, "--show", "P/match", **jobs.ENVIRONMENT)
        self.assertEqual(done.returncode, 0)
        said = done.stdout
        lines = [line.split()[0] for line in said.splitlines() if line.startswith("  P/")]
        self.assertEqual(lines[0], "P/match/sources/b/ratio")
        self.assertIn("irreducible:", said)
        self.assertIn("warning: 2 factors depend on others", done.stderr)
        self.assertIn("--method shapley", done.stderr)
        self.assertIn("What drives P/match\n", said)
        self.assertIn("2026", said)

    def test_questions_that_cannot_be_are_refused(self):
        """One clear error each."""
        dependence = f"dependence: [{{pair: [{PATHS[0]}, {PATHS[1]}], rank: 0.5}}]"
        plain, tied = self.write(), self.write("tied.yaml", dependence=dependence)
        fixed = self.write("fixed.yaml", a=1, b=1, c=1)
        cases = [(plain, ["--method", "sobel"], 2, "did you mean 'sobol'"),
                 (plain, ["--by", "programme"], 2, "did you mean 'program'"),
                 (plain, ["--of", "P/leverge_ratio"], 2, "leverage_ratio"),
                 (plain, ["--of", "X/*"], 2, "no output has such a name"),
                 (plain, ["--group", "x=none/*"], 2, "matches no uncertain quantity"),
                 (plain, ["--of", "Q/*", "--show", "P/npv"], 2, "not among the outputs analysed"),
                 (plain, ["--method", "shapley", "--second-order"], 2, "--method sobol"),
                 (tied, ["--second-order"], 2, "depend"),
                 (plain, ["--design", "sobol", "-n", "1000"], 2, "1024"),
                 (fixed, ["--set", "programs/Q/match/sources/d/ratio=1", "--method", "given_data"], 65,
                  "no quantity is uncertain")]
        for study, arguments, code, part in cases:
            path = self.path("refused.h5")
            done = fulcrum.run("sensitivity", study, "-n", 1000, "-q", "-o", path, *arguments, **jobs.ENVIRONMENT)
            self.assertEqual(done.returncode, code, (arguments, done.stderr))
            self.assertIn(part, done.stderr, arguments)
            self.assertFalse(os.path.exists(path))

    def test_designs_are_sharper(self):
        """Sobol' points: the same indices with smaller intervals."""
        errors = {}
        for design in ("mc", "sobol"):
            path = self.analyse(self.write(), "--of", OUTPUT, "--method", "sobol", "--design", design,
                                samples=4096)
            found = self.table(path, "sobol/by_year", "first")
            self.holds(found[PATHS[1]], 4 / 5.25, 2)
            errors[design] = found[PATHS[1]][2] - found[PATHS[1]][1]
        self.assertLess(errors["sobol"], errors["mc"] / 2)

    def test_undefined_outputs_are_counted(self):
        """A ratio without denominator in some samples: they are left out, counted and said."""
        path = self.analyse(self.write(), "--of", "*/payback_year", "--method", "sobol", samples=960)
        with h5py.File(path) as file:
            self.assertEqual(file["sobol/horizon/left_out"][0, 0], 960)
            self.assertTrue(np.isnan(file["sobol/horizon/first"][0, 0]).any())


if __name__ == "__main__":
    unittest.main()
