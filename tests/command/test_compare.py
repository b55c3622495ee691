"""fulcrum compare, against single runs of the same studies and against numpy on their kept samples."""
import os
import sys
import unittest

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "run"))
import fulcrum  # noqa: E402

BASE = os.path.join(fulcrum.INPUTS, "instruments", "side_by_side.yaml")
SAMPLES = 1000


def read(path):
    """All bytes of a file."""
    with open(path, "rb") as file:
        return file.read()


class Compare(unittest.TestCase):
    """Policies on the study of five instruments side by side."""

    @classmethod
    def setUpClass(cls):
        import h5py
        cls.place = fulcrum.folder()
        cls.folder = cls.place.name
        with h5py.File(cls.make_result("base", BASE)) as base:
            cls.programs = fulcrum.texts(base["program"])
            cls.years = base["fiscal_year"][()]
        cls.first, cls.second = cls.programs[:2]
        cls.overlay("more", {f"programs/{cls.first}/budget/admin": 0.3})
        cls.overlay("other", {f"programs/{cls.second}/budget/admin": 0.4})
        cls.overlay("common", {"macro/recession/depth": 0.1})
        cls.names = ["more", "other", "common"]
        cls.policies = [cls.path(name + ".yaml") for name in cls.names]
        cls.questions = ("--margin", "portfolio/leverage_ratio=0.02", "--margin", f"{cls.first}/lapse_rate=0.001")
        cls.compared = cls.compare("all.h5", cls.policies)

    @classmethod
    def tearDownClass(cls):
        cls.place.cleanup()

    @classmethod
    def path(cls, name):
        """A file of these tests."""
        return os.path.join(cls.folder, name)

    @classmethod
    def overlay(cls, name, changes, **more):
        """A policy that sets some values."""
        with open(cls.path(name + ".yaml"), "w", encoding="utf-8") as file:
            file.write(f"base: {BASE}\nname: The {name} policy\n")
            for key, value in more.items():
                file.write(f"{key}: {value}\n")
            if changes:
                file.write("set:\n" + "".join(f"  {path}: {value}\n" for path, value in changes.items()))
        return cls.path(name + ".yaml")

    @classmethod
    def make_result(cls, name, study):
        """A plain run, with all its samples kept."""
        path = cls.path(name + ".h5")
        fulcrum.must("run", study, "-n", SAMPLES, "-q", "--samples", "-o", path)
        return path

    @classmethod
    def compare(cls, name, policies, *arguments, **settings):
        """Compares policies with the base into a file."""
        fulcrum.must("compare", BASE, *policies, "-n", SAMPLES, "-q", "-o", cls.path(name), *cls.questions,
                     *arguments, **settings)
        return cls.path(name)

    def samples(self, name):
        """{output: values of all samples} of a plain run."""
        import h5py
        path = self.path(name + ".samples.h5")
        if not os.path.exists(path):
            self.make_result(name, self.path(name + ".yaml"))
        with h5py.File(path) as kept:
            return dict(zip(fulcrum.texts(kept["name"]), kept["output"][()].T))

    def table(self, file, variable, output, scenario):
        """One value, or row of quantiles, of an output given by its name."""
        program, metric, *rest = output.split("/")
        values = file[f"{metric}_{variable}"]
        index = [fulcrum.texts(file["scenario"]).index(scenario), self.programs.index(program)]
        if metric in ("outcome_gross", "outcome_net"):
            index.append(fulcrum.texts(file["outcome"]).index(rest.pop(0)))
        if rest:
            index.append(list(self.years).index(int(rest[0])))
        return values[tuple(index)]

    def outputs(self):
        """Some outputs of several kinds."""
        year = self.years[4]
        return [f"{p}/{m}" for p in (self.first, self.second, "portfolio")
                for m in ("leverage_ratio", "lapse_rate", f"federal/{year}", f"social_cost/{year}", "npv")]

    def test_levels_are_those_of_single_runs_bit_by_bit(self):
        import h5py
        with h5py.File(self.compared) as all_of_them:
            for s, name in enumerate(["base"] + self.names):
                self.samples(name)
                with h5py.File(self.path(name + ".h5")) as single:
                    count = 0
                    for variable in all_of_them:
                        statistic = next((x for x in ("_mean", "_standard_error", "_quantile", "_quantile_low",
                                                      "_quantile_high") if variable.endswith(x)), None)
                        if not statistic or "difference" in variable or "regret" in variable:
                            continue
                        np.testing.assert_array_equal(all_of_them[variable][s], single[variable][()], variable)
                        count += 1
                    self.assertGreater(count, 150)

    def test_differences_are_those_of_the_samples(self):
        import h5py
        base = self.samples("base")
        with h5py.File(self.compared) as file:
            for name in self.names:
                policy = self.samples(name)
                for output in self.outputs():
                    d = policy[output] - base[output]
                    d = d[~np.isnan(d)]
                    spread = d.std(ddof=1)
                    scale = 1e-9 * (abs(base[output]).max() + 1)
                    with self.subTest(policy=name, output=output):
                        self.assertAlmostEqual(self.table(file, "difference_mean", output, name), d.mean(), delta=scale)
                        self.assertAlmostEqual(self.table(file, "difference_sd", output, name), spread, delta=scale)
                        self.assertAlmostEqual(self.table(file, "difference_standard_error", output, name),
                                               spread / np.sqrt(len(d)), delta=scale)
                        self.assertEqual(self.table(file, "difference_defined", output, name), len(d))
                        self.assertEqual(self.table(file, "probability_higher", output, name), np.mean(d > 0))
                        self.assertEqual(self.table(file, "probability_lower", output, name), np.mean(d < 0))
                        quantiles = self.table(file, "difference_quantile", output, name)
                        exact = np.sort(d)[[int(np.ceil(p * len(d))) - 1 for p in file["quantile"][()]]]
                        np.testing.assert_allclose(quantiles, exact, rtol=0.04, atol=spread / 10 + scale)
                        if spread > 0:
                            independent = policy[output].var(ddof=1) + base[output].var(ddof=1)
                            self.assertAlmostEqual(self.table(file, "variance_reduction", output, name) /
                                                   (independent / spread ** 2), 1, delta=1e-6)

    def test_untouched_programs_are_taken_from_the_base(self):
        import h5py
        with h5py.File(self.compared) as file:
            touched = dict(zip(fulcrum.texts(file["scenario"]), file["touched"][()]))
            expected = {"more": {self.first, "portfolio"}, "other": {self.second, "portfolio"},
                        "common": set(self.programs)}
            for name, programs in expected.items():
                self.assertEqual({p for p, t in zip(self.programs, touched[name]) if t}, programs)
            self.assertEqual(self.table(file, "difference_sd", f"{self.second}/leverage_ratio", "more"), 0)
            self.assertNotEqual(self.table(file, "difference_mean", f"{self.first}/leverage_ratio", "more"), 0)

    def test_regret_best_share_and_margins_are_those_of_the_samples(self):
        import h5py
        names = ["base"] + self.names
        with h5py.File(self.compared) as file:
            for d, (output, sign) in enumerate((("portfolio/leverage_ratio", 1), ("portfolio/npv", 1))):
                levels = np.array([self.samples(name)[output] for name in names]) * sign
                regret = levels.max(axis=0) - levels
                np.testing.assert_allclose(file["regret_mean"][d], regret.mean(axis=1), rtol=1e-9)
                np.testing.assert_array_equal(file["best_share"][d], (regret == 0).mean(axis=1))
            for m, (output, margin, sign) in enumerate((("portfolio/leverage_ratio", 0.02, 1),
                                                        (f"{self.first}/lapse_rate", 0.001, -1))):
                base = self.samples("base")[output]
                worse = [np.mean(sign * (self.samples(name)[output] - base) < -margin) for name in names]
                np.testing.assert_array_equal(file["margin_probability"][m], worse)
                self.assertTrue(0 < max(worse))

    def test_dominance_is_that_of_the_samples(self):
        import h5py
        names = ["base"] + self.names
        found = set()
        with h5py.File(self.compared) as file:
            for d, output in enumerate(("portfolio/leverage_ratio", "portfolio/npv")):
                levels = [np.sort(self.samples(name)[output]) for name in names]
                for a, x in enumerate(levels):
                    for b, y in enumerate(levels):
                        first = file["dominance_first_order"][d, a, b] == 1
                        second = file["dominance_second_order"][d, a, b] == 1
                        gap = 0.01 * x.std()
                        found.add((first, second))
                        if first:
                            self.assertTrue(np.all(x >= y - gap), (output, a, b))
                        if second:
                            self.assertTrue(np.all(np.cumsum(x - y) >= -gap * len(x)), (output, a, b))
                        if np.all(x > y + gap):
                            self.assertTrue(first and second)
        self.assertIn((True, True), found)
        self.assertIn((False, False), found)

    def test_another_scenario_changes_nothing_of_the_others(self):
        import h5py
        fewer = self.compare("fewer.h5", self.policies[:1])
        with h5py.File(self.compared) as more, h5py.File(fewer) as few:
            for variable in few:
                if few[variable].ndim > 1 and variable.endswith(("mean", "sd", "error", "quantile", "low", "high",
                                                                 "lower", "higher", "reduction", "defined")) and \
                        not variable.startswith(("regret", "best", "margin")):
                    np.testing.assert_array_equal(few[variable][()], more[variable][:2], variable)

    def test_ranks_instructions_and_stops_change_no_byte(self):
        launcher = [os.environ.get("MPIRUN", "mpirun"), "-n", "3"]
        expected = read(self.compared)
        self.assertEqual(expected, read(self.compare("ranks.h5", self.policies, launcher=launcher)))
        self.assertEqual(expected, read(self.compare("generic.h5", self.policies, FULCRUM_ISA="generic")))

    def test_stopped_comparison_goes_on_to_the_same_bytes(self):
        stopped = self.path("stopped.h5")
        command = ("compare", BASE, *self.policies, "-q", "-n", 6000, "-o")
        with open(stopped + ".stop", "w", encoding="utf-8"):
            pass
        done = fulcrum.run(*command, stopped)
        self.assertEqual(75, done.returncode, done.stderr)
        self.assertFalse(os.path.exists(stopped) or os.path.exists(stopped + ".stop"))
        fewer = fulcrum.run("compare", BASE, *self.policies[:2], "-q", "-n", 6000, "-o", stopped, "--resume")
        self.assertEqual(65, fewer.returncode)
        self.assertIn("question", fewer.stderr)
        launcher = [os.environ.get("MPIRUN", "mpirun"), "-n", "2"]
        fulcrum.must(*command, stopped, "--resume", launcher=launcher)
        fulcrum.must(*command, self.path("straight.h5"))
        self.assertEqual(read(self.path("straight.h5")), read(stopped))
        self.assertFalse(os.path.exists(stopped + ".checkpoint"))

    def test_program_that_a_policy_removes_has_no_level(self):
        import h5py
        last = self.programs[-2]
        policy = self.overlay("without", {}, remove=f"[programs/{last}]")
        done = fulcrum.run("compare", BASE, policy, "-n", SAMPLES, "-q", "-o", self.path("without.h5"))
        if done.returncode == 65:  # something of the study names the program; then the error says what
            self.assertIn(last, done.stderr)
            return
        with h5py.File(self.path("without.h5")) as file:
            self.assertTrue(np.isnan(self.table(file, "mean", f"{last}/leverage_ratio", "without")))
            self.assertTrue(np.isnan(self.table(file, "difference_mean", f"{last}/leverage_ratio", "without")))

    def test_questions_that_cannot_be_answered_are_refused(self):
        horizon = self.overlay("horizon", {"horizon/years": 7})
        unknown = self.overlay("unknown", {f"programs/{self.first}/no/such/key": 1})
        twice = os.path.join(self.folder, "sub")
        os.makedirs(twice, exist_ok=True)
        copy = os.path.join(twice, "more.yaml")
        with open(copy, "w", encoding="utf-8") as file, open(self.policies[0], encoding="utf-8") as original:
            file.write(original.read())
        for code, words, arguments in (
                (65, ["horizon", "fiscal year"], [horizon]),
                (65, ["no"], [unknown]),
                (66, ["nothing.yaml"], [self.path("nothing.yaml")]),
                (2, ["named after their files"], [self.policies[0], copy]),
                (2, ["--decide", "neither better nor worse"], [self.policies[0], "--decide", "portfolio/budget/2030"]),
                (65, ["--decide", "portfolo"], [self.policies[0], "--decide", "portfolo/npv"]),
                (2, ["--until", "moer", "more"], [self.policies[0], "--until", "moer:portfolio/npv mean 1%"]),
                (2, ["--until", "does not touch"],
                 [self.policies[0], "--until", f"more:{self.second}/leverage_ratio mean 1%"]),
                (2, ["--until", "--design"],
                 [self.policies[0], "--until", "more:portfolio/npv mean 1%", "--design", "lhs"]),
                (2, ["--margin"], [self.policies[0], "--margin", "portfolio/npv"]),
                (2, ["--margin"], [self.policies[0], "--margin", "portfolio/npv=-1"]),
                (2, ["POLICY"], [])):
            with self.subTest(arguments=arguments):
                done = fulcrum.run("compare", BASE, *arguments, "-n", 200, "-o", self.path("bad.h5"))
                self.assertEqual(code, done.returncode, done.stderr)
                self.assertEqual(1, done.stderr.count("fulcrum compare:"), done.stderr)
                for word in words:
                    self.assertIn(word, done.stderr)
                self.assertFalse(os.path.exists(self.path("bad.h5")))

    def test_until_stops_at_a_stated_precision_of_a_difference(self):
        import h5py
        goals = ("--until", "more:portfolio/leverage_ratio mean 3%", "--until", "portfolio/leverage_ratio mean 5%",
                 "--until", f"other:{self.second}/leverage_ratio quantile 0.9 20%")
        said = fulcrum.must("compare", BASE, *self.policies, "-o", self.path("until.h5"), *goals)
        self.assertIn("3 of 3 targets reached", said)
        launcher = [os.environ.get("MPIRUN", "mpirun"), "-n", "2"]
        fulcrum.must("compare", BASE, *self.policies, "-q", "-o", self.path("until2.h5"), *goals, launcher=launcher)
        self.assertEqual(read(self.path("until.h5")), read(self.path("until2.h5")))
        with h5py.File(self.path("until.h5")) as file:
            samples = int(file.attrs["samples"])
            self.assertEqual(0, samples % 192)
            mean = self.table(file, "difference_mean", "portfolio/leverage_ratio", "more")
            until = file["until"]
            self.assertEqual(fulcrum.texts(until["target"])[0], "more:portfolio/leverage_ratio mean 3%")
            self.assertEqual(until["estimate"][0], mean)
            self.assertLessEqual(max(until["high"][0] - mean, mean - until["low"][0]), 0.03 * abs(mean))
            error = self.table(file, "difference_standard_error", "portfolio/leverage_ratio", "more")
            self.assertGreater(until["high"][0] - mean, 2.2 * error)  # wider than for one look
        fulcrum.must("compare", BASE, *self.policies, "-q", "-n", samples, "-o", self.path("plain.h5"))
        with h5py.File(self.path("until.h5")) as one, h5py.File(self.path("plain.h5")) as other:
            for variable in other:
                if isinstance(other[variable], h5py.Dataset):
                    np.testing.assert_array_equal(one[variable][()], other[variable][()], variable)

    def test_table_tells_differences_and_regrets(self):
        said = fulcrum.must("compare", BASE, *self.policies, "-n", 400, "-o", self.path("said.h5"), "--show",
                            f"{self.first}/leverage_ratio")
        for words in (f"{self.first}/leverage_ratio, base", "the same in every sample", "Regret in portfolio/npv",
                      "is best", "written to"):
            self.assertIn(words, said)


if __name__ == "__main__":
    unittest.main()
