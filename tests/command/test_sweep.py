"""fulcrum sweep, against runs of its points one by one and against numpy on their kept samples."""
import os
import signal
import subprocess
import sys
import time
import unittest

import numpy as np
from scipy import stats

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "run"))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "model"))
import coverage_sweep  # noqa: E402
import fulcrum  # noqa: E402

STUDY = os.path.join(fulcrum.INPUTS, "first_study.yaml")
REQUIRED, RESPONSE = "programs/CENTERS/match/required", "programs/CENTERS/match/response"
SAMPLES = 1000
OUTPUTS = ["CENTERS/leverage_ratio", "CENTERS/lapse_rate", "CENTERS/federal/2030", "portfolio/npv",
           "CENTERS/payback_year"]


def read(path):
    """All bytes of a file."""
    with open(path, "rb") as file:
        return file.read()


def grid_of(path):
    """A sweep's file, all of it in memory: {variable: values}."""
    import h5py
    with h5py.File(path) as file:
        return {name: fulcrum.texts(item) if item.dtype == object and item.shape and len(item.shape) == 1 else item[()]
                for name, item in file.items()}


class Sweep(unittest.TestCase):
    """A grid of two levers on the first study."""

    @classmethod
    def setUpClass(cls):
        cls.place = fulcrum.folder()
        cls.folder = cls.place.name
        cls.required, cls.response = ["0.5", "2", "1"], ["0.3", "0.6"]
        cls.levers = ["--lever", f"{REQUIRED}={','.join(cls.required)}", "--lever", f"{RESPONSE}=0.3:0.6:2"]
        cls.questions = ["--break-even", "CENTERS/leverage_ratio=1.5", "--break-even", "CENTERS/leverage_ratio=1.35",
                         "--break-even", "portfolio/npv=-320", "--break-even", "portfolio/npv=500", "--pareto", "CENTERS/leverage_ratio,CENTERS/lapse_rate"]
        cls.questions += [word for output in OUTPUTS for word in ("--keep", output)]
        cls.swept = cls.sweep("all.h5", *cls.levers, *cls.questions)
        cls.found = grid_of(cls.swept)
        cls.samples = {}

    @classmethod
    def tearDownClass(cls):
        cls.place.cleanup()

    @classmethod
    def path(cls, name):
        """A file of these tests."""
        return os.path.join(cls.folder, name)

    @classmethod
    def sweep(cls, name, *arguments, samples=SAMPLES, **settings):
        """Sweeps into a file."""
        fulcrum.must("sweep", STUDY, "-n", samples, "-q", "-o", cls.path(name), *arguments, **settings)
        return cls.path(name)

    def point(self, *values):
        """The same point by fulcrum run, with all samples: {output: values}; its result beside it."""
        import h5py
        if values not in self.samples:
            sets = [word for path, value in zip((REQUIRED, RESPONSE), values) for word in ("--set", f"{path}={value}")]
            path = self.path("_".join(("run", *values)) + ".h5")
            fulcrum.must("run", STUDY, "-n", SAMPLES, "-q", "--samples", "-o", path, *sets)
            with h5py.File(path.replace(".h5", ".samples.h5")) as kept:
                self.samples[values] = (path, dict(zip(fulcrum.texts(kept["name"]), kept["output"][()].T)))
        return self.samples[values]

    def test_points_are_those_of_single_runs_bit_by_bit(self):
        self.assertEqual(OUTPUTS, self.found["output"])
        for i, required in enumerate(self.required):
            for k, response in enumerate(self.response):
                with fulcrum.Result(self.point(required, response)[0]) as single:
                    for o, output in enumerate(OUTPUTS):
                        for ours, theirs in (("mean", "mean"), ("standard_error", "standard_error"),
                                             ("quantile_value", "quantile"), ("quantile_low", "quantile_low"),
                                             ("quantile_high", "quantile_high")):
                            np.testing.assert_array_equal(self.found[ours][o, i, k], single.get(output, theirs),
                                                          f"{ours} {output} {required} {response}")

    def test_differences_are_those_of_the_samples(self):
        base = self.point()[1]
        for i, required in enumerate(self.required):
            for k, response in enumerate(self.response):
                own = self.point(required, response)[1]
                for o, output in enumerate(OUTPUTS[:4]):
                    d = own[output] - base[output]
                    scale = 1e-9 * (abs(base[output]).max() + 1)
                    self.assertAlmostEqual(self.found["difference_mean"][o, i, k], d.mean(), delta=scale)
                    self.assertAlmostEqual(self.found["difference_standard_error"][o, i, k],
                                           d.std(ddof=1) / np.sqrt(len(d)), delta=scale)
                    self.assertAlmostEqual(self.found["base_mean"][o], base[output].mean(), delta=scale)

    def line(self, level, output, response):
        """[(value, low, high, direction)] along the required match, from samples by a fine search."""
        values = sorted(self.required, key=float)
        at = np.array([float(v) for v in values])
        rows = np.array([self.point(v, response)[1][output] for v in values])
        t = stats.t.ppf(0.975, SAMPLES - 1)
        weights = np.linspace(0, 1, 20001)
        x, accepted, mean = [], [], []
        for i in range(len(values) - 1):
            m, c = rows[i:i + 2].mean(axis=1), np.cov(rows[i:i + 2]) / SAMPLES
            w = np.array([1 - weights, weights])
            gap = m @ w - level
            x.append(at[i] + weights * (at[i + 1] - at[i]))
            accepted.append(gap ** 2 <= t ** 2 * np.einsum("ij,ik,kj->j", w, c, w))
            mean.append(gap)
        return np.concatenate(x), np.concatenate(accepted), np.concatenate(mean)

    def test_break_evens_are_those_of_the_samples(self):
        rows = list(zip(*(self.found[f"break_even_{name}"] for name in
                          ("output", "level", "lever", "others", "value", "low", "high", "direction"))))
        self.assertEqual({(REQUIRED), (RESPONSE)}, {row[2] for row in rows})
        found = 0
        for output, level, lever, others, value, low, high, direction in rows:
            if lever != REQUIRED:
                continue
            x, accepted, gap = self.line(level, output, others.split("=")[1])
            changes = np.nonzero(gap[:-1] * gap[1:] < 0)[0]
            if np.isnan(value):
                self.assertEqual(0, len(changes))
                continue
            found += 1
            near = changes[np.argmin(abs(x[changes] - value))]
            self.assertAlmostEqual(x[near], value, delta=2e-4)
            self.assertEqual(direction, np.sign(gap[near + 1] - gap[near]))
            first, last = near, near + 1
            while first > 0 and accepted[first - 1]:
                first -= 1
            while last + 1 < len(x) and accepted[last + 1]:
                last += 1
            for end, seen, edge in ((low, x[first], x[0]), (high, x[last], x[-1])):
                if np.isinf(end):
                    self.assertEqual(edge, seen)
                else:
                    self.assertAlmostEqual(end, seen, delta=3e-4)
        self.assertGreater(found, 2)

    def test_pareto_set_is_that_of_the_means(self):
        goals = self.found["mean"][:2].reshape(2, -1).T * [1, -1]  # less lapses are better
        on = [not any(np.all(b >= a) and np.any(b > a) for b in goals) for a in goals]
        np.testing.assert_array_equal(self.found["pareto"].reshape(-1), on)
        self.assertEqual(OUTPUTS[:2], self.found["pareto_output"])
        self.assertTrue(0 < sum(on) <= len(on))

    def test_listed_points_are_those_of_the_grid(self):
        table = self.path("points.csv")
        with open(table, "w", encoding="utf-8") as file:
            file.write(f"{RESPONSE},{REQUIRED}\n0.6,2\n0.3,0.5\n")
        keep = [word for output in OUTPUTS for word in ("--keep", output)]
        listed = grid_of(self.sweep("listed.h5", "--points", table, *keep))
        for variable in ("mean", "standard_error", "difference_mean", "quantile_value", "point_sha256"):
            grid = self.found[variable]
            if variable == "point_sha256":
                self.assertEqual(listed[variable], [grid[1, 1].decode(), grid[0, 0].decode()])
                continue
            np.testing.assert_array_equal(listed[variable][:, 0], grid[:, 1, 1])
            np.testing.assert_array_equal(listed[variable][:, 1], grid[:, 0, 0])
        np.testing.assert_array_equal(listed["CENTERS_match_required"], [2, 0.5])

    def test_levers_may_be_schedules_and_words(self):
        values = "1,[1, 1, 2],{uniform: {min: 0.5, max: 1.5}}"
        found = grid_of(self.sweep("schedules.h5", "--lever", f"{REQUIRED}={values}"))
        self.assertEqual(found["CENTERS_match_required"], ["1", "[1, 1, 2]", "{uniform: {min: 0.5, max: 1.5}}"])
        np.testing.assert_array_equal(found["difference_mean"][:, 0], 0)
        self.assertNotEqual(found["difference_mean"][0, 1], 0)
        with fulcrum.result(STUDY, SAMPLES, self.path("one.h5"), "--set", f"{REQUIRED}=[1, 1, 2]") as single:
            for o, output in enumerate(found["output"]):
                self.assertEqual(found["mean"][o, 1], single.get(output))
        ratio = "programs/CENTERS/match/sources/state/ratio/pert/mode"
        modes = grid_of(self.sweep("modes.h5", "--lever", f"{ratio}=0.8,0.6"))
        np.testing.assert_array_equal(modes["difference_mean"][:, 0], 0)
        with fulcrum.result(STUDY, SAMPLES, self.path("mode.h5"), "--set", f"{ratio}=0.6") as single:
            for o, output in enumerate(modes["output"]):
                self.assertEqual(modes["mean"][o, 1], single.get(output))
        tapers = grid_of(self.sweep("tapers.h5", "--lever", "programs/CENTERS/taper={shape: linear, length: 8},"
                                    "{shape: geometric, length: 8, floor: 0.1}"))
        self.assertEqual(2, len(tapers["CENTERS_taper"]))

    def test_points_of_a_design_are_those_of_single_runs(self):
        found = grid_of(self.sweep("sobol.h5", "--lever", f"{REQUIRED}=1,2", "--design", "sobol", "--keep", "portfolio/npv",
                                   "--break-even", "portfolio/npv=-320", samples=1024))
        with fulcrum.result(STUDY, 1024, self.path("point.h5"), "--design", "sobol", "--set",
                            f"{REQUIRED}=2") as single:
            for ours, theirs in (("mean", "mean"), ("standard_error", "standard_error"), ("quantile_low", "quantile_low")):
                np.testing.assert_array_equal(found[ours][0, 1], single.get("portfolio/npv", theirs))
        self.assertTrue(found["break_even_low"][0] < found["break_even_value"][0] < found["break_even_high"][0])

    def test_untouched_programs_are_evaluated_once(self):
        study = os.path.join(fulcrum.INPUTS, "instruments", "side_by_side.yaml")
        said = fulcrum.must("sweep", study, "-n", 200, "-o", self.path("five.h5"), "--lever",
                            "programs/GRANT/budget/admin=0.1:0.3:3", "--keep", "GRANT/leverage_ratio", "--keep",
                            "FUND/leverage_ratio", "--keep", "portfolio/leverage_ratio")
        self.assertIn("8 of 20 programs evaluated", said)
        found = grid_of(self.path("five.h5"))
        other = found["output"].index("FUND/leverage_ratio")
        np.testing.assert_array_equal(found["difference_standard_error"][other], 0)
        np.testing.assert_array_equal(found["mean"][other], found["base_mean"][other])

    def test_ranks_and_instructions_change_no_byte(self):
        expected = read(self.swept)
        for ranks in "23":
            launcher = [os.environ.get("MPIRUN", "mpirun"), "-n", ranks]
            self.assertEqual(expected, read(self.sweep("ranks.h5", *self.levers, *self.questions, launcher=launcher)))
        self.assertEqual(expected, read(self.sweep("isa.h5", *self.levers, *self.questions, FULCRUM_ISA="generic")))

    def test_stopped_sweep_goes_on_and_no_other_one_does(self):
        most = 400000
        path = self.path("stopped.h5")
        arguments = ["sweep", STUDY, "-q", "-n", str(most), "-o", path, *self.levers, *self.questions]
        process = subprocess.Popen([fulcrum.PROGRAM, *arguments], stderr=subprocess.PIPE)
        time.sleep(1.0)
        process.send_signal(signal.SIGUSR1)
        process.communicate()
        self.assertEqual(75, process.returncode)
        for change in (["--break-even", "CENTERS/lapse_rate=0.1"], ["--keep", "CENTERS/survival_share"],
                       ["--lever", "programs/CENTERS/budget/admin=0.1,0.2"]):
            done = fulcrum.run(*arguments, *change, "--resume")
            self.assertEqual(65, done.returncode, done.stderr)
            self.assertIn("question", done.stderr)
        launcher = [os.environ.get("MPIRUN", "mpirun"), "-n", "2"]
        fulcrum.must(*arguments, "--resume", launcher=launcher)
        resumed = read(path)
        fulcrum.must(*arguments)
        self.assertEqual(read(path), resumed)

    def test_sweeps_that_cannot_be_are_refused(self):
        lever = ["--lever", f"{REQUIRED}=1,2"]
        table = self.path("bad.csv")
        with open(table, "w", encoding="utf-8") as file:
            file.write(f"{RESPONSE},{REQUIRED}\n0.3,2\n0.1,many\n")
        for code, words, arguments in (
                (2, ["--lever"], []),
                (2, ["--lever", "--points"], [*lever, "--points", table]),
                (65, ["point 2 of 2", "many", "is not a number"], ["--points", table]),
                (66, ["nothing.csv"], ["--points", self.path("nothing.csv")]),
                (65, ["point 2 of 3", f"({REQUIRED}=-1)", "-1"], ["--lever", f"{REQUIRED}=1,-1,2"]),
                (65, ["point 1 of 2", "requird", "did you mean"], ["--lever", f"{REQUIRED[:-2]}d=1,2"]),
                (65, ["point 1 of 1", "CENTRES"], ["--lever", "programs/CENTRES/match/required=1"]),
                (65, ["horizon/years=9", "another horizon"], ["--lever", "horizon/years=10,9"]),
                (2, ["1000000 points", "--points"], ["--lever", f"{REQUIRED}=1:2:1000", "--lever", f"{RESPONSE}=0:1:1000"]),
                (2, ["MB", "--keep"], ["--lever", f"{REQUIRED}=1:2:10000",
                                       *(word for k in range(200) for word in ("--keep", MANY[k]))]),
                (65, ["--keep: output", "leverage"], [*lever, "--keep", "CENTERS/leverage"]),
                (2, ["--break-even"], [*lever, "--break-even", "CENTERS/leverage_ratio"]),
                (65, ["--break-even", "CENTRES"], [*lever, "--break-even", "CENTRES/leverage_ratio=2"]),
                (2, ["--break-even", "FROM:TO:POINTS"], ["--lever", f"{REQUIRED}=[1],[2]", "--break-even",
                                                        "CENTERS/leverage_ratio=2"]),
                (2, ["--pareto", "neither better nor worse"], [*lever, "--pareto", "CENTERS/budget/2030"]),
                (65, ["--pareto"], [*lever, "--pareto", "CENTERS/leverage_ratio,"])):
            with self.subTest(arguments=arguments[:6]):
                done = fulcrum.run("sweep", STUDY, *arguments, "-n", 200, "-o", self.path("bad.h5"))
                self.assertEqual(code, done.returncode, done.stderr)
                self.assertEqual(1, done.stderr.count("fulcrum sweep:"), done.stderr)
                for word in words:
                    self.assertIn(word, done.stderr)
                self.assertFalse(os.path.exists(self.path("bad.h5")))

    def test_tables_tell_surfaces_break_evens_and_the_pareto_set(self):
        done = fulcrum.run("sweep", STUDY, *self.levers, *self.questions, "-n", 1000, "-o", self.path("said.h5"))
        for words in ("6 points", "the study as it stands", "95 % intervals: +-", "Break-even: the mean of portfolio/npv",
                      "no crossing", "the mean rises", "Pareto set", "required; response", "written to"):
            self.assertIn(words, done.stdout)
        for words in ("6 points: 3 of programs/CENTERS/match/required x 2 of", "MB a rank", "samples of each: about"):
            self.assertIn(words, done.stderr)

    def test_intervals_hold_the_exact_break_even(self):
        repetitions = 120
        for level, held in coverage_sweep.count(repetitions, 7).items():
            with self.subTest(level=level):
                self.assertGreaterEqual(held, stats.binom.ppf(1e-3, repetitions, 0.945))


MANY = [f"CENTERS/{name}/{2025 + year}" for year in range(10) for name in (
    "budget", "appropriation", "lapsed", "unallocated", "administration", "rescinded", "terminated", "deferred",
    "federal", "receipts", "treasury_cost", "committed_match", "match", "match_cash", "match_in_kind", "own_revenue",
    "spending", "shortfall", "written_off", "balance")]

if __name__ == "__main__":
    unittest.main()
