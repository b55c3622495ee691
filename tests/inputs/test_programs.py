#!/usr/bin/env python3
"""The programs of inputs/programs stand on their own, and together.

- every program runs alone, in the frame of the baseline (horizon, macro, accounts), without a refused sample,
  with its budget in balance;
- what happens to a program does not depend on which others are there: a sample of it alone has the same bits as in
  the whole portfolio, once the rank correlations across programs, which are the portfolio's, are left out;
- with them, only programs that they name differ;
- the studies of inputs/instruments are what they say: one plan, the same programs side by side as apart.
"""

import os
import re
import subprocess
import tempfile
import unittest

import h5py
import numpy
import yaml

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
INPUTS = os.path.join(ROOT, "inputs")
FULCRUM = os.path.join(ROOT, os.environ.get("BUILD", "build/current"), "fulcrum")
SAMPLES = "0,3,1000"


def read(*names):
    """A file of inputs."""
    with open(os.path.join(INPUTS, *names), encoding="utf-8") as file:
        return yaml.safe_load(file)


def fulcrum(*arguments):
    """Run the program; what it printed, of both kinds."""
    done = subprocess.run([FULCRUM, *arguments], check=False, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode:
        raise AssertionError(f"fulcrum {' '.join(arguments)}: {done.stdout}")
    return done.stdout


def datasets(path):
    """All numbers of a trace, by name."""
    found = {}
    with h5py.File(path, "r") as file:
        file.visititems(lambda name, node: found.update({name: node[()]})
                        if isinstance(node, h5py.Dataset) else None)
    return found


def same_bits(a, b):
    """Equal to the last bit, undefined values included."""
    if a.dtype.hasobject:  # names
        return a.tolist() == b.tolist()
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


class Portfolio(unittest.TestCase):
    """The baseline, its parts, and its parts alone."""

    @classmethod
    def setUpClass(cls):
        cls.baseline = read("baseline.yaml")
        cls.parts = cls.baseline["include"]
        cls.programs = {part: next(iter(read(part)["programs"])) for part in cls.parts}
        cls.folder = tempfile.TemporaryDirectory()
        cls.whole = cls.traced("whole", cls.parts, {})
        cls.alone = {part: cls.traced(f"alone_{cls.programs[part]}", [part], {}) for part in cls.parts}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def study(cls, name, parts, more):
        """A study in the baseline's frame, without what it says across programs; its path."""
        frame = {key: value for key, value in cls.baseline.items()
                 if key not in ("include", "dependence", "targets", "references")}
        frame["include"] = [os.path.join(os.path.abspath(INPUTS), part) for part in parts]
        path = os.path.join(cls.folder.name, name + ".yaml")
        with open(path, "w", encoding="utf-8") as file:
            yaml.safe_dump({**frame, **more}, file, allow_unicode=True, sort_keys=False)
        return path

    @classmethod
    def traced(cls, name, parts, more):
        """The datasets of a trace of such a study."""
        path = cls.study(name, parts, more)
        fulcrum("trace", path, "--sample", SAMPLES, "-o", path + ".h5")
        return datasets(path + ".h5")

    @staticmethod
    def of_program(trace, program):
        """What a trace says of one program, but for its place in tables."""
        return {name: values for name, values in trace.items()
                if name.startswith(f"programs/{program}/")}

    @staticmethod
    def parameters(trace, program):
        """Sampled quantities of one program, by path."""
        paths = [path.decode() if isinstance(path, bytes) else path
                 for path in trace["parameters/path"]]
        return {path: trace["parameters/value"][:, i].tobytes() for i, path in enumerate(paths)
                if path.startswith(f"programs/{program}/")}

    def test_the_baseline_has_every_program(self):
        here = sorted(f"programs/{name}" for name in os.listdir(os.path.join(INPUTS, "programs")))
        self.assertEqual(sorted(self.parts), here)
        self.assertEqual(len(set(self.programs.values())), 13)

    def test_every_program_alone_is_the_same_to_the_last_bit(self):
        for part, program in self.programs.items():
            whole = self.of_program(self.whole, program)
            alone = self.of_program(self.alone[part], program)
            with self.subTest(program=program):
                self.assertGreater(len(whole), 40)
                self.assertEqual(set(whole), set(alone))
                different = [name for name in whole if not same_bits(whole[name], alone[name])]
                self.assertEqual(different, [])
                parameters = self.parameters(self.whole, program)
                self.assertGreater(len(parameters), 3)
                self.assertEqual(parameters, self.parameters(self.alone[part], program))

    def test_outputs_of_a_program_alone_are_the_same_to_the_last_bit(self):
        places = list(self.programs.values())
        for part, program in self.programs.items():
            place = places.index(program)
            for name, values in self.alone[part].items():
                if name.startswith("outputs/"):
                    with self.subTest(output=f"{program}/{name}"):
                        self.assertTrue(same_bits(values[:, 0], self.whole[name][:, place]))

    def test_correlations_across_programs_reach_only_those_they_name(self):
        pairs = self.baseline["dependence"]
        named = {path.split("/")[1] for pair in pairs for path in pair["pair"]}
        self.assertTrue(0 < len(named) < 13)
        full = self.traced("full", self.parts, {"dependence": pairs})
        for program in self.programs.values():
            here, there = self.of_program(self.whole, program), self.of_program(full, program)
            equal = all(same_bits(here[name], there[name]) for name in here)
            with self.subTest(program=program):
                self.assertTrue(equal or program in named)

    def test_every_program_runs_alone_in_balance(self):
        for part, program in self.programs.items():
            path = self.study(f"run_{program}", [part], {})
            text = fulcrum("run", path, "-n", "500", "-o", path + ".h5")
            with self.subTest(program=program):
                self.assertIn("Budgets balance in every sample and year", text)
                self.assertNotRegex(text, r"refused|warning")

    def test_the_baseline_is_valid_without_a_warning(self):
        text = fulcrum("check", os.path.join(INPUTS, "baseline.yaml"))
        self.assertNotIn("warning", text)

    def test_the_frame_in_the_readme_runs(self):
        with open(os.path.join(INPUTS, "README.md"), encoding="utf-8") as file:
            text = re.findall(r"```yaml\n(include.*?)```", file.read(), re.DOTALL)[0]
        path = os.path.join(self.folder.name, "readme.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("programs/", os.path.abspath(INPUTS) + "/programs/"))
        self.assertIn("Budgets balance", fulcrum("run", path, "-n", "500", "-o", path + ".h5"))

    def test_a_changed_number_shows(self):
        path = self.study("changed", [self.parts[0]], {})
        fulcrum("trace", path, "--sample", SAMPLES, "--set", "programs/MEP/cost/reserve_target=0.3",
                "-o", path + ".h5")
        changed = self.of_program(datasets(path + ".h5"), "MEP")
        alone = self.of_program(self.alone[self.parts[0]], "MEP")
        self.assertFalse(all(same_bits(changed[name], alone[name]) for name in changed))


class Instruments(unittest.TestCase):
    """One instrument a study, and all side by side."""

    APART = {"grant": "GRANT", "reimbursement": "REIMBURSEMENT", "prize": "PRIZE", "fund": "FUND",
             "guarantee": "GUARANTEE"}

    @classmethod
    def setUpClass(cls):
        cls.together = read("instruments", "side_by_side.yaml")
        cls.apart = {name: read("instruments", name + ".yaml") for name in cls.APART}

    @staticmethod
    def nameless(node):
        """A tree without names, for two studies may name one thing differently."""
        if isinstance(node, dict):
            return {key: Instruments.nameless(child) for key, child in node.items()
                    if key not in ("name", "name_zh")}
        return node

    def test_studies_are_of_one_instrument(self):
        for name, study in self.apart.items():
            kinds = {program["instrument"] for program in study["programs"].values()}
            self.assertEqual(kinds, {name})

    def test_all_instruments_have_the_same_plan(self):
        programs = list(self.together["programs"].values())
        for study in self.apart.values():
            programs += study["programs"].values()
        for program in programs:
            plan = {year: entry["fixed"] for year, entry in program["budget"]["plan"].items()}
            self.assertEqual(plan, {2025: 100, 2035: 0})

    def test_programs_are_the_same_side_by_side_as_apart(self):
        for name, key in self.APART.items():
            first = next(iter(self.apart[name]["programs"].values()))
            with self.subTest(instrument=name):
                self.assertEqual(self.nameless(first),
                                 self.nameless(self.together["programs"][key]))

    def test_they_run_in_balance_and_pay_out_most_of_the_plan(self):
        with tempfile.TemporaryDirectory() as folder:
            trace = os.path.join(folder, "side.h5")
            study = os.path.join(INPUTS, "instruments", "side_by_side.yaml")
            fulcrum("trace", study, "--sample", ",".join(map(str, range(40))), "-o", trace)
            found = datasets(trace)
        for key in self.APART.values():
            paid = found[f"programs/{key}/federal"][:, :10].sum(axis=1)
            planned = found[f"programs/{key}/budget"][:, :10].sum(axis=1)
            numpy.testing.assert_allclose(planned, 1000.0, rtol=1e-12)
            with self.subTest(instrument=key):
                self.assertGreater(numpy.median(paid / planned), 0.35)

    def test_every_study_runs_in_balance(self):
        with tempfile.TemporaryDirectory() as folder:
            names = [f"instruments/{name}" for name in (*self.APART, "side_by_side")]
            for name in [*names, "sematech_1987"]:
                path = os.path.join(INPUTS, name + ".yaml")
                text = fulcrum("run", path, "-n", "500", "-o", os.path.join(folder, "result.h5"))
                with self.subTest(study=name):
                    self.assertIn("Budgets balance in every sample and year", text)
                    self.assertFalse(re.search(r"refused|warning", text))


if __name__ == "__main__":
    unittest.main()
