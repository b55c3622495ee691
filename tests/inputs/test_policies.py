#!/usr/bin/env python3
"""Policies under inputs/policies/: each is read, says in two languages what it is and on what ground, and changes in
its base exactly what it says, as the two resolved texts show. A few are run, to see that they push the way they
should."""
import functools
import glob
import os
import re
import subprocess
import tempfile
import unittest

import h5py
import yaml

BUILD = os.environ["BUILD"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FULCRUM = os.path.join(os.path.abspath(BUILD), "fulcrum")
FOLDER = os.path.join(ROOT, "inputs", "policies")
TEXTS = ("name", "name_zh", "note", "source", "title", "title_zh")
NAMED = {"dependence": "pair", "targets": "output"}
KIND = re.compile(r"\[[A-Z]\d+\]|\b(derived|recalled|judgement)\b", re.IGNORECASE)


def read(path):
    with open(path, encoding="utf-8") as file:
        return yaml.load(file, yaml.BaseLoader)  # nosec: texts only


@functools.lru_cache(maxsize=None)
def resolved(path):
    text = subprocess.run([FULCRUM, "check", path, "--canonical"], check=True, capture_output=True, text=True).stdout
    return yaml.load(text, yaml.BaseLoader)  # nosec: texts only


def policies():
    return sorted(glob.glob(os.path.join(FOLDER, "*.yaml")))


def base_of(path):
    return os.path.normpath(os.path.join(os.path.dirname(path), read(path)["base"]))


def leaves(node, path=""):
    """path -> text of everything but the lists whose items go by what they name."""
    if isinstance(node, (dict, list)) and node:
        found = {}
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            if path or key not in NAMED:
                found.update(leaves(value, f"{path}/{key}" if path else str(key)))
        return found
    return {path: node if isinstance(node, str) else repr(node)}


def below(path, above):
    return path == above or path.startswith(above + "/")


def names(item, by, what):
    named = item[by] if isinstance(item[by], list) else [item[by]]
    return any(below(name, what) for name in named)


class Policies(unittest.TestCase):
    def test_there_are_policies(self):
        self.assertGreaterEqual(len(policies()), 17)

    def test_each_says_what_it_is_and_on_what_ground(self):
        for path in policies():
            with self.subTest(os.path.basename(path)):
                policy = read(path)
                for key in ("name", "name_zh", "note", "source"):
                    self.assertIn(key, policy)
                self.assertRegex(policy["name_zh"], "[\u4e00-\u9fff]")
                self.assertRegex(policy["source"], KIND)
                cited = set(re.findall(r"\[([A-Z]\d+)\]", policy["source"] + policy["note"]))
                self.assertLessEqual(cited, set(resolved(path).get("references", {})))

    def test_the_page_of_inputs_lists_them_and_shows_one_that_works(self):
        with open(os.path.join(ROOT, "inputs", "README.md"), encoding="utf-8") as file:
            section = file.read().split("\n## Policies\n")[1].split("\n## ")[0]
        for path in policies():
            name = os.path.basename(path)[:-len(".yaml")]
            self.assertTrue(f"`{name}`" in section or f"`_{name.rsplit('_', 1)[1]}`" in section, name)
        example = "".join(line[4:] + "\n" for line in section.split("\n") if line.startswith("    "))
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "example.yaml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(example.replace("..", os.path.join(ROOT, "inputs"), 1))
            after = resolved(path)
        self.compare(yaml.load(example, yaml.BaseLoader), resolved(os.path.join(ROOT, "inputs", "baseline.yaml")), after)

    def test_no_two_have_one_name(self):
        for key in ("name", "name_zh"):
            given = [read(path)[key] for path in policies()]
            self.assertEqual(len(given), len(set(given)))

    def test_each_changes_what_it_says_and_nothing_else(self):
        for path in policies():
            with self.subTest(os.path.basename(path)):
                self.compare(read(path), resolved(base_of(path)), resolved(path))

    def compare(self, policy, before, after):
        old, new = leaves(before), leaves(after)
        changed = {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}
        removed = [path for path in policy.get("remove", []) if path.split("/")[0] not in NAMED]
        said = list(policy.get("set", {})) + removed + [key for key in TEXTS if key in policy]
        for path in said:
            self.assertTrue(any(below(one, path) for one in changed), f"{path} stays as it was")
        for path in removed:
            self.assertFalse(any(below(one, path) for one in new), f"{path} is still there")
        self.assertEqual([one for one in changed if not any(below(one, path) for path in said)], [])
        for section, by in NAMED.items():
            gone = [path.split("/", 1)[1] for path in policy.get("remove", []) if path.startswith(section + "/")]
            kept = [item for item in before.get(section, []) if not any(names(item, by, what) for what in gone)]
            self.assertEqual(after.get(section, []), kept)


class Results(unittest.TestCase):
    """What policies do, in a few hundred futures; the same futures for all."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.done = {}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def mean(self, policy, program, output, year=None):
        study = os.path.join(FOLDER, policy + ".yaml") if policy else os.path.join(ROOT, "inputs", "baseline.yaml")
        if study not in self.done:
            self.done[study] = os.path.join(self.folder.name, f"{len(self.done)}.h5")
            subprocess.run([FULCRUM, "run", study, "-n", "192", "-q", "-o", self.done[study]], check=True)
        with h5py.File(self.done[study]) as file:
            row = list(file["program"].asstr()[()]).index(program)
            values = file[output + "_mean"][row]
            return values if year is None else values[list(file["fiscal_year"][()]).index(year)]

    def test_an_ended_program_gets_nothing(self):
        self.assertGreater(self.mean("mep_terminated_2027", "MEP", "budget", 2026), 100)
        self.assertEqual(self.mean("mep_terminated_2027", "MEP", "budget", 2027), 0)
        self.assertEqual(self.mean("mep_terminated_2027", "MEP", "federal", 2029), 0)
        self.assertEqual(self.mean("mep_terminated_2027", "MFGUSA", "leverage_ratio"),
                         self.mean(None, "MFGUSA", "leverage_ratio"))

    def test_a_stiffer_rule_lets_more_lapse(self):
        self.assertGreater(self.mean("mep_one_third", "MEP", "lapse_rate"), self.mean(None, "MEP", "lapse_rate"))
        levels = [self.mean(policy, "DIRECT", "lapse_rate") for policy in
                  ("china_local_governments", "china_cost_sharing_quarter", "china_cost_sharing_half",
                   "china_cost_sharing_one", "china_cost_sharing_two")]
        self.assertEqual(levels, sorted(levels))
        self.assertEqual(levels[0], 0)
        self.assertGreater(levels[-1], 0.1)

    def test_a_waiver_lets_less_lapse(self):
        self.assertLess(self.mean("match_waiver_in_recessions", "portfolio", "lapse_rate"),
                        self.mean(None, "portfolio", "lapse_rate"))

    def test_a_later_taper_costs_more(self):
        spent = [sum(self.mean(policy, "MFGUSA", "federal")) for policy in
                 ("mfgusa_taper_two_years_earlier", None, "mfgusa_taper_two_years_later", "mfgusa_taper_never")]
        self.assertEqual(spent, sorted(spent))
        self.assertLess(spent[0], 0.95 * spent[-1])

    def test_engines_get_what_the_policy_says(self):
        launch = self.mean("rie_150", "RIE", "federal")
        self.assertGreater(launch[0], 60)
        self.assertLess(launch[0], 76)
        self.assertEqual(sum(launch[1:]), 0)
        self.assertGreater(sum(self.mean("rie_full", "RIE", "federal")), 1.2 * sum(self.mean(None, "RIE", "federal")))

    def test_hubs_stand_where_the_policy_says(self):
        self.assertEqual(self.mean("tech_hubs_lagging_none", "RTIH", "lagging_federal_share"), 0)
        self.assertGreater(self.mean("tech_hubs_lagging_third", "RTIH", "lagging_federal_share"), 0.2)

    def test_coordination_gains(self):
        none, full = (self.mean("coordination_" + end, "portfolio", "benefit_cost_ratio") for end in ("none", "full"))
        self.assertLess(none, self.mean(None, "portfolio", "benefit_cost_ratio"))
        self.assertLess(self.mean(None, "portfolio", "benefit_cost_ratio"), full)


if __name__ == "__main__":
    unittest.main()
