"""fulcrum voi, against numpy on the kept samples of runs of the same scenarios."""
import os
import sys
import unittest

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "run"))
import fulcrum  # noqa: E402

BASE = os.path.join(fulcrum.INPUTS, "instruments", "side_by_side.yaml")
SAMPLES, LEARNED = 3000, 576
# Nearly a tie between the policies: the portfolio's benefit is about two fifths of its cost.
UTILITY = "2.5*portfolio/benefit/2030 - portfolio/social_cost/2030"


def read(path):
    """All bytes of a file."""
    with open(path, "rb") as file:
        return file.read()


class Voi(unittest.TestCase):
    """Policies on the study of five instruments side by side."""

    @classmethod
    def setUpClass(cls):
        import h5py
        cls.place = fulcrum.folder()
        cls.folder = cls.place.name
        with h5py.File(cls.kept("base", BASE)[0]) as base:
            cls.programs = fulcrum.texts(base["program"])
        cls.first = cls.programs[0]
        cls.names = ["more", "common"]
        cls.policies = [cls.overlay("more", {f"programs/{cls.first}/budget/plan/2025": 150}),
                        cls.overlay("common", {"accounts/excess_burden": 0.2})]
        cls.one = cls.voi("one.h5", cls.policies[:1])
        cls.all = cls.voi("all.h5", cls.policies, "--group", "budgets=programs/*/budget/*",
                          "--group", "second=programs/%s/*" % cls.programs[1])

    @classmethod
    def tearDownClass(cls):
        cls.place.cleanup()

    @classmethod
    def path(cls, name):
        """A file of these tests."""
        return os.path.join(cls.folder, name)

    @classmethod
    def overlay(cls, name, changes):
        """A policy that sets some values."""
        with open(cls.path(name + ".yaml"), "w", encoding="utf-8") as file:
            file.write(f"base: {BASE}\nname: The {name} policy\nset:\n")
            file.write("".join(f"  {path}: {value}\n" for path, value in changes.items()))
        return cls.path(name + ".yaml")

    @classmethod
    def kept(cls, name, study, *arguments):
        """A plain run with all its samples kept: the two files."""
        path = cls.path(name + ".run.h5")
        if not os.path.exists(path):
            fulcrum.must("run", study, "-n", SAMPLES, "-q", "--samples", "-o", path, *arguments)
        return path, path.replace(".h5", ".samples.h5")

    @classmethod
    def voi(cls, name, policies, *arguments, **settings):
        """Value of information into a file."""
        utility = () if "--utility" in arguments else ("--utility", UTILITY)
        fulcrum.must("voi", BASE, *policies, "-n", SAMPLES, "-q", "-o", cls.path(name), *utility, *arguments,
                     **settings)
        return cls.path(name)

    def outputs(self, name, *outputs):
        """Values of outputs in all samples of a scenario."""
        import h5py
        study = BASE if name == "base" else self.path(name + ".yaml")
        with h5py.File(self.kept(name, study)[1]) as kept:
            names = fulcrum.texts(kept["name"])
            return [kept["output"][:, names.index(output)] for output in outputs]

    def test_utilities_regrets_and_perfect_information_are_those_of_the_samples(self):
        import h5py
        names = ["base"] + self.names
        both = [self.outputs(name, "portfolio/benefit/2030", "portfolio/social_cost/2030") for name in names]
        u = np.array([2.5 * benefit - cost for benefit, cost in both])[:, LEARNED:]
        with h5py.File(self.all) as file:
            self.assertEqual(["side_by_side"] + self.names, fulcrum.texts(file["alternative"]))
            self.assertEqual((LEARNED, SAMPLES - LEARNED), tuple(file.attrs[f"samples_{x}"] for x in
                                                                 ("learned", "valued")))
            np.testing.assert_allclose(file["utility"][()], u.mean(axis=1), rtol=1e-12)
            np.testing.assert_allclose(file["utility_difference"][()], (u - u[0]).mean(axis=1), rtol=1e-9)
            np.testing.assert_allclose(file["regret"][()], (u.max(axis=0) - u).mean(axis=1), rtol=1e-9)
            np.testing.assert_allclose(file["best_share"][()], (u == u.max(axis=0)).mean(axis=1), rtol=1e-12)
            best = u.mean(axis=1).argmax()
            gain = u.max(axis=0) - u[best]
            np.testing.assert_allclose(file["evpi"][()], gain.mean(), rtol=1e-9)
            sets = [gain[(np.arange(len(gain)) + LEARNED) % 16 == r] for r in range(16)]
            rest = np.array([(own.sum() - gain.mean() * len(own)) * 16 / len(gain) for own in sets])
            np.testing.assert_allclose(file["evpi_standard_error"][()], rest.std(ddof=1) / 4, rtol=1e-9)
            self.assertEqual((["base"] + self.names)[best].replace("base", "side_by_side"), file.attrs["best"])

    def test_utility_is_the_sum_that_was_asked_for(self):
        import h5py
        path = self.voi("sum.h5", self.policies, "--utility",
                        f"2.5*{self.first}/npv - portfolio/treasury_cost/2026 + 1e3*portfolio/leverage_ratio")
        with h5py.File(path) as file:
            for i, name in enumerate(["base"] + self.names):
                npv, cost, ratio = self.outputs(name, f"{self.first}/npv", "portfolio/treasury_cost/2026",
                                                "portfolio/leverage_ratio")
                u = 2.5 * npv - cost + 1e3 * ratio
                self.assertAlmostEqual(file["utility"][i] / u[LEARNED:].mean(), 1, delta=1e-12)
            self.assertEqual(f"2.5*{self.first}/npv - portfolio/treasury_cost/2026 + "
                             "1000*portfolio/leverage_ratio", file.attrs["utility"])

    def test_worth_is_between_nothing_and_everything(self):
        import h5py
        for path in (self.one, self.all):
            with h5py.File(path) as file:
                perfect, utility = file["evpi"][()], file["utility"][()]
                learned = fulcrum.texts(file["alternative"]).index(file.attrs["best_learned"])
                lost = utility[learned] - utility.max()  # by keeping to what seemed best while learning
                for prefix in ("", "group_"):
                    worth, error = file[prefix + "evppi"][()], file[prefix + "evppi_standard_error"][()]
                    self.assertTrue(np.all(worth <= perfect))
                    self.assertTrue(np.all(worth >= lost - 0.05 * perfect - 4 * error))
                    np.testing.assert_allclose(file[prefix + "taken"][()].sum(axis=1), 1, rtol=1e-12)
                    np.testing.assert_allclose(1 - file[prefix + "taken"][:, learned], file[prefix + "change"][()],
                                               atol=1e-12)
                self.assertGreater(worth.max(), 0)

    def test_quantities_of_untouched_programs_are_worth_nothing_and_reach_nothing(self):
        """Their values make no difference, whatever they are."""
        import h5py
        with h5py.File(self.one) as file:
            paths = fulcrum.texts(file["quantity"])
            reaching = dict(zip(paths, file["reaching"][()]))
            worth = dict(zip(paths, file["evppi"][()]))
        out = [path for path in paths if reaching[path] == 0]
        self.assertTrue(out and all(path.startswith("programs/") for path in out))
        self.assertFalse([path for path in out if path.startswith(f"programs/{self.first}/")])
        self.assertTrue(all(worth[path] == 0 for path in out))
        others = {path.split("/")[1] for path in out}
        self.assertEqual(set(self.programs[1:-1]), others)
        changed = [f"programs/{program}/budget/admin=0.4" for program in sorted(others)]
        moved = self.voi("moved.h5", self.policies[:1], *sum((["--set", text] for text in changed), []))
        with h5py.File(self.one) as file, h5py.File(moved) as other:
            self.assertNotAlmostEqual(file["utility"][0], other["utility"][0], places=3)
            for name in ("utility_difference", "evpi"):
                np.testing.assert_allclose(file[name][()], other[name][()], rtol=1e-9, atol=1e-6)
            there = fulcrum.texts(other["quantity"])
            for path in (path for path in paths if path in there):
                for name in ("evppi", "evppi_optimistic"):
                    self.assertAlmostEqual(file[name][paths.index(path)], other[name][there.index(path)], places=6)

    def test_what_depends_on_a_quantity_that_matters_tells_of_it(self):
        """The multiplier of an untouched program is tied to that of the program that the policy touches."""
        import h5py
        mine, tied = (f"programs/{p}/outcomes/new_sales/multiplier" for p in self.programs[:2])
        base = self.path("tied.yaml")
        with open(base, "w", encoding="utf-8") as file:
            file.write(f"base: {BASE}\nset:\n  dependence: [{{pair: [{mine}, {tied}], rank: 0.9}}]\n")
        policy = self.path("tied_more.yaml")
        with open(policy, "w", encoding="utf-8") as file:
            file.write(f"base: {base}\nset:\n  programs/{self.first}/budget/plan/2025: 150\n")
        fulcrum.must("voi", base, policy, "-n", 12000, "-q", "-o", self.path("tied.h5"), "--utility", UTILITY)
        with h5py.File(self.path("tied.h5")) as file:
            facts = {path: [file[name][i] for name in ("reaching", "dependent", "evppi", "evppi_standard_error")]
                     for i, path in enumerate(fulcrum.texts(file["quantity"]))}
            for path, (reaching, dependent, *_) in facts.items():
                self.assertEqual(path in (mine, tied), dependent == 1, path)
                if path.startswith("programs/"):
                    self.assertEqual(path == tied or path.startswith(f"programs/{self.first}/"), reaching == 1, path)
            (_, _, own, _), (_, _, other, error) = facts[mine], facts[tied]
            self.assertGreater(other, 8 * error)
            self.assertLess(other, own)

    def test_where_programs_are_added_up_otherwise_all_of_them_matter(self):
        import h5py
        policy = self.overlay("coordination", {"portfolio": "{coordination: 0.9}"})
        with h5py.File(self.voi("coordination.h5", [policy])) as file:
            self.assertTrue(np.all(file["reaching"][()] == 1))

    def test_ratio_of_the_portfolio_is_reached_by_all(self):
        import h5py
        path = self.voi("ratio.h5", self.policies[:1], "--utility", "100*portfolio/leverage_ratio")
        with h5py.File(path) as file:
            self.assertTrue(np.all(file["reaching"][()] == 1))

    def test_groups_are_those_asked_for_and_those_of_the_study(self):
        import h5py
        with h5py.File(self.all) as file:
            names = fulcrum.texts(file["group"])
            self.assertEqual(["budgets", "second", "all"], names[:3])
            members = dict(zip(names, file["group_members"][()]))
            paths = fulcrum.texts(file["quantity"])
            self.assertEqual(len(paths), members["all"])
            self.assertEqual(sum("/budget/" in path for path in paths), members["budgets"])
            self.assertEqual(sum(path.startswith(f"programs/{self.programs[1]}/") for path in paths),
                             members["second"])
            self.assertIn("programs/*/budget/*", fulcrum.texts(file["group_patterns"]))

    def test_ranks_and_instructions_change_no_byte(self):
        expected = read(self.one)
        for ranks in (1, 2, 5):
            launcher = [os.environ.get("MPIRUN", "mpirun"), "-n", str(ranks)]
            self.assertEqual(expected, read(self.voi("ranks.h5", self.policies[:1], launcher=launcher)), ranks)
        self.assertEqual(expected, read(self.voi("generic.h5", self.policies[:1], FULCRUM_ISA="generic")))

    def test_stopped_and_killed_runs_go_on_to_the_same_bytes(self):
        """Stopped at once, then killed when there is a checkpoint, then finished on other ranks."""
        import signal
        import subprocess
        import time
        path = self.path("stopped.h5")
        command = ["voi", BASE, *self.policies, "-q", "-n", "9600", "--learn", "960"]
        with open(path + ".stop", "w", encoding="utf-8"):
            pass
        done = fulcrum.run(*command, "-o", path)
        self.assertEqual(75, done.returncode, done.stderr)
        self.assertFalse(os.path.exists(path) or os.path.exists(path + ".stop"))
        process = subprocess.Popen([fulcrum.PROGRAM, *command, "-o", path, "--resume", "--checkpoint", "1000"],
                                   stderr=subprocess.DEVNULL)
        limit = time.monotonic() + 60
        while not os.path.exists(path + ".checkpoint") and process.poll() is None and time.monotonic() < limit:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if not os.path.exists(path):
            self.assertTrue(os.path.exists(path + ".checkpoint"))
            other = fulcrum.run(*command[:-1], "1920", "-o", path, "--resume")
            self.assertEqual(65, other.returncode)
            self.assertIn("question", other.stderr)
        launcher = [os.environ.get("MPIRUN", "mpirun"), "-n", "2"]
        fulcrum.must(*command, "-o", path, "--resume", launcher=launcher)
        fulcrum.must(*command, "-o", self.path("straight.h5"))
        self.assertEqual(read(self.path("straight.h5")), read(path))
        self.assertFalse(os.path.exists(path + ".checkpoint"))

    def test_policy_that_does_nothing_leaves_nothing_to_learn(self):
        import h5py
        same = self.overlay("same", {"programs/%s/name" % self.first: "Another name"})
        path = self.path("same.h5")
        said = fulcrum.must("voi", BASE, same, "-n", SAMPLES, "-o", path)
        self.assertIn("nothing to learn", said)
        with h5py.File(path) as file:
            self.assertEqual(0, file["evpi"][()])
            self.assertTrue(np.all(file["evppi"][()] == 0))

    def test_tables_say_it_in_words(self):
        said = fulcrum.must("voi", BASE, self.policies[0], "-n", SAMPLES, "-o", self.path("said.h5"), "--utility",
                            UTILITY)
        for word in ("EVPI", "known before the choice", "a group", "USD million", "exactly 0", "written to"):
            self.assertIn(word, said)
        self.assertTrue("Learning " in said or "No quantity alone" in said)

    def test_file_is_one_that_xarray_reads(self):
        done = fulcrum.subprocess.run(["ncdump", "-h", self.all], stdout=fulcrum.subprocess.PIPE, encoding="utf-8",
                                      check=False)
        self.assertEqual(0, done.returncode)
        self.assertIn("double evppi(quantity)", done.stdout)
        self.assertIn('utility:units = "USD million"', done.stdout)

    def test_questions_that_cannot_be_answered_are_refused(self):
        policy = self.policies[0]
        for code, words, arguments in (
                (2, ["--utility", "minus"], [policy, "--utility", "portfolio/treasury_cost/2026"]),
                (2, ["--utility", "factor", "USD million"], [policy, "--utility", "portfolio/leverage_ratio"]),
                (2, ["--utility", "' + ' or ' - '"], [policy, "--utility", "portfolio/npv portfolio/npv"]),
                (2, ["--utility", "before '*'"], [policy, "--utility", "x*portfolio/npv"]),
                (2, ["--utility", "factor stands before"], [policy, "--utility", "portfolio/npv*2"]),
                (2, ["--utility", "number alone"], [policy, "--utility", "portfolio/npv - 3"]),
                (2, ["--utility", "missing"], [policy, "--utility", ""]),
                (65, ["--utility", "npv"], [policy, "--utility", "portfolio/nvp"]),
                (2, ["--group", "NAME=PATTERN"], [policy, "--group", "macro"]),
                (2, ["--group", "matches no"], [policy, "--group", "x=nowhere/*"]),
                (2, ["two of this name"], [policy, "--group", "x=macro/*", "--group", "x=*"]),
                (2, ["--number"], [policy, "-n", 900]),
                (2, ["--learn"], [policy, "--learn", SAMPLES]),
                (2, ["--learn"], [policy, "--learn", 0]),
                (65, ["is no number", "5 %"], [policy, "--utility", "-1*portfolio/payback_year"]),
                (2, ["POLICY"], [])):
            with self.subTest(arguments=arguments):
                number = () if "-n" in arguments else ("-n", SAMPLES)
                done = fulcrum.run("voi", BASE, *arguments, *number, "-q", "-o", self.path("bad.h5"))
                self.assertEqual(code, done.returncode, done.stderr)
                self.assertEqual(1, done.stderr.count("fulcrum voi:"), done.stderr)
                for word in words:
                    self.assertIn(word, done.stderr)
                self.assertFalse(os.path.exists(self.path("bad.h5")))


if __name__ == "__main__":
    unittest.main()
