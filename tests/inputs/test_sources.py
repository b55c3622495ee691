#!/usr/bin/env python3
"""Every number of the studies under inputs/ says where it is from.

For each study of inputs/, inputs/checks/ and inputs/instruments/, and each part of one in inputs/programs/:
- every number under macro, accounts, portfolio, programs and dependence is covered by a `source`: its
  own, where it is written as a quantity, or that of the nearest enclosing mapping that has one;
- a source says what it is: it cites a reference, or names itself derived, recalled or a judgement;
- every [X1] in any text is a key of `references`, and every reference is cited somewhere;
- whatever has a name has a name_zh, and what a table or a plot would show has both.
A part has one program, what hangs on it, and no title.

The checker is itself held to studies with one planted fault each.
"""

import copy
import glob
import os
import re
import unittest

import yaml

INPUTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "inputs")
SOURCED = ("macro", "accounts", "portfolio", "programs", "dependence")
TEXTS = ("source", "note", "unit", "name", "name_zh", "title", "title_zh")
CITATION = re.compile(r"\[([A-Z]\d+)\]")
KIND = re.compile(r"\b(derived|recalled|judgement)\b", re.IGNORECASE)


class StrictLoader(yaml.SafeLoader):
    """Refuses a key given twice, which plain YAML readers let pass."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = sorted({str(key) for key in keys if keys.count(key) > 1})
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"given twice: {twice}",
                                                    node.start_mark)
        return super().construct_mapping(node, deep)


def load(path):
    """A study as nested mappings and lists."""
    with open(path, encoding="utf-8") as file:
        return yaml.load(file, StrictLoader)  # nosec: a subclass of the safe loader


def in_folders(*folders):
    """Paths of the files of folders of inputs, by name."""
    paths = [path for folder in folders for path in glob.glob(os.path.join(INPUTS, folder, "*.yaml"))]
    return {os.path.normpath(os.path.relpath(path, INPUTS)): path for path in sorted(paths)}


def studies():
    """Paths of all studies, by name."""
    return in_folders(".", "checks", "instruments")


def parts():
    """Paths of all parts of studies, by name."""
    return in_folders("programs")


def is_number(node):
    """Numbers, but not true and false."""
    return isinstance(node, (int, float)) and not isinstance(node, bool)


def children(node):
    """(key, child) of a mapping or list."""
    return node.items() if isinstance(node, dict) else enumerate(node)


def walk(node, path=()):
    """(path, node) of a tree, from the top down."""
    yield path, node
    if isinstance(node, (dict, list)):
        for key, child in children(node):
            yield from walk(child, path + (str(key),))


def unsourced(node, path, source):
    """Paths of numbers without a source."""
    if isinstance(node, dict) and isinstance(node.get("source"), str) and node["source"].strip():
        source = node["source"]
    if is_number(node) and not source:
        yield "/".join(path)
    elif isinstance(node, (dict, list)):
        for key, child in children(node):
            yield from unsourced(child, path + (str(key),), source)


def faults_of_sources(study):
    """Numbers without a source, and sources that do not say what they are."""
    for part in SOURCED:
        for path in unsourced(study.get(part, {}), (part,), None):
            yield f"{path}: no source"
    for path, node in walk(study):
        if path and path[-1] == "source" and isinstance(node, str) and "references" not in path:
            if not CITATION.search(node) and not KIND.search(node):
                yield f"{'/'.join(path)}: neither cites a reference nor says judgement, derived or recalled"


def faults_of_references(study):
    """Citations without a reference, references without a citation or a title."""
    references = study.get("references") or {}
    cited = set()
    for path, node in walk({key: part for key, part in study.items() if key != "references"}):
        if isinstance(node, str) and path[-1] in TEXTS:
            for key in CITATION.findall(node):
                cited.add(key)
                if key not in references:
                    yield f"{'/'.join(path)}: [{key}] is not in references"
    for key, title in references.items():
        if key not in cited:
            yield f"references/{key}: never cited"
        if not isinstance(title, str) or len(title) < 10:
            yield f"references/{key}: no title"


def shown(path):
    """Whether tables and plots show this mapping by name."""
    return (len(path) == 2 and path[0] == "programs"
            or len(path) > 2 and path[0] == "programs" and path[-2] in ("sources", "streams", "outcomes")
            or len(path) == 2 and path[0] == "targets")


def faults_of_names(study):
    """Names in one language only, and things shown without any."""
    for base in ("title", "name"):
        for path, node in walk(study):
            if isinstance(node, dict) and (base in node) != (base + "_zh" in node):
                yield f"{'/'.join(path) or 'study'}: {base} in one language only"
    for path, node in walk(study):
        if shown(path) and isinstance(node, dict) and "name" not in node:
            yield f"{'/'.join(path)}: no name"
        if path and path[-1].endswith("_zh") and not re.search(r"[\u4e00-\u9fff]", str(node)):
            yield f"{'/'.join(path)}: not Chinese"


def faults_of_part(part):
    """What makes a file no part of a study with one program."""
    programs = list(part.get("programs") or {})
    if len(programs) != 1:
        yield f"programs: {len(programs)} where a part has one"
    for key in sorted(set(part) - {"programs", "dependence", "targets", "references"}):
        yield f"{key}: not in a part of a study"
    for pair in part.get("dependence") or []:
        for path in pair["pair"]:
            if path.split("/")[1] not in programs:
                yield f"dependence: {path} is not of the part's own program"
    for target in part.get("targets") or []:
        if target["output"].split("/")[0] not in programs:
            yield f"targets: {target['output']} is not of the part's own program"


def faults(study, part=False):
    """All that is wrong with a study or a part of one, as texts."""
    found = [*faults_of_sources(study), *faults_of_references(study), *faults_of_names(study)]
    if part:
        found += faults_of_part(study)
    elif "title" not in study:
        found.append("study: no title")
    return found


class Studies(unittest.TestCase):
    """The studies of this repository."""

    def test_there_are_studies_to_check(self):
        self.assertGreaterEqual(len(studies()), 12)
        self.assertIn("baseline.yaml", studies())
        self.assertEqual(len(parts()), 13)

    def test_every_study_says_where_its_numbers_are_from(self):
        for name, path in studies().items():
            with self.subTest(study=name):
                self.assertEqual(faults(load(path)), [])

    def test_every_program_says_where_its_numbers_are_from(self):
        for name, path in parts().items():
            with self.subTest(part=name):
                self.assertEqual(faults(load(path), part=True), [])

    def test_a_reference_has_one_text_in_all_files(self):
        texts = {}
        for name, path in {**studies(), **parts()}.items():
            for key, text in (load(path).get("references") or {}).items():
                with self.subTest(reference=key, file=name):
                    self.assertEqual(texts.setdefault(key, text), text)

    def test_the_readme_shows_the_first_study_as_it_is(self):
        with open(os.path.join(INPUTS, "README.md"), encoding="utf-8") as file:
            shown_there = re.search(r"```yaml\n(.*?)```", file.read(), re.DOTALL)[1]
        with open(os.path.join(INPUTS, "first_study.yaml"), encoding="utf-8") as file:
            self.assertEqual(shown_there, file.read())

    def test_the_walk_reaches_the_numbers(self):
        for name, path in parts().items():
            with self.subTest(part=name):
                numbers = [way for way, node in walk(load(path)["programs"]) if is_number(node)]
                self.assertGreater(len(numbers), 60)

    def test_recalled_and_judgement_are_not_hidden_in_the_programs(self):
        sources = [node for path in parts().values() for way, node in walk(load(path))
                   if way and way[-1] == "source" and isinstance(node, str)]
        self.assertTrue(any("recalled" in source for source in sources))
        self.assertTrue(any(source.startswith("judgement") for source in sources))


GOOD = yaml.safe_load("""
title: A study
title_zh: 一项研究
macro: {discount_rate: 0.03, source: "judgement"}
programs:
  P:
    name: Program
    name_zh: 计划
    budget: {plan: {2025: {fixed: 10, source: "[M20] survey"}}}
    match:
      sources:
        state:
          name: State
          name_zh: 州
          ratio: {pert: {min: 1, mode: 2, max: 3}, source: "derived from [M20]"}
    cost: {ratio: 2, source: "judgement: a guess"}
references: {M20: "NIST FY2023 survey, https://example.org"}
""")


class Checker(unittest.TestCase):
    """The checker finds what is planted, and nothing else."""

    def one_fault(self, change, expected):
        """`change` makes a good study bad in the way `expected` says, and in no other."""
        study = copy.deepcopy(GOOD)
        change(study)
        found = faults(study)
        self.assertEqual(len(found), 1, found)
        self.assertIn(expected, found[0])

    def test_a_good_study_passes(self):
        self.assertEqual(faults(GOOD), [])

    def test_finds_a_quantity_without_source(self):
        def change(study):
            study["programs"]["P"]["match"]["required"] = {"fixed": 1.0}
        self.one_fault(change, "programs/P/match/required/fixed: no source")

    def test_finds_a_plain_number_without_source(self):
        def change(study):
            study["programs"]["P"]["overlap"] = 0.1
        self.one_fault(change, "programs/P/overlap: no source")

    def test_an_empty_source_is_none(self):
        def change(study):
            study["programs"]["P"]["cost"]["source"] = " "
        self.assertIn("programs/P/cost/ratio: no source", faults(self.changed(change)))

    def test_a_sibling_s_source_does_not_count(self):
        def change(study):
            study["programs"]["P"]["budget"]["growth"] = 0.02
        self.one_fault(change, "programs/P/budget/growth: no source")

    def test_numbers_in_lists_count(self):
        def change(study):
            study["programs"]["P"]["units"] = {"award": [7.5]}
        self.one_fault(change, "programs/P/units/award/0: no source")

    def test_true_and_false_need_no_source(self):
        def change(study):
            study["programs"]["P"]["units"] = {"indexed": True}
        self.assertEqual(faults(self.changed(change)), [])

    def test_finds_a_source_that_says_nothing(self):
        def change(study):
            study["programs"]["P"]["cost"]["source"] = "somewhere"
        self.one_fault(change, "programs/P/cost/source: neither cites")

    def test_finds_a_citation_without_reference(self):
        def change(study):
            study["programs"]["P"]["cost"]["source"] = "[Z9] a report"
        self.one_fault(change, "[Z9] is not in references")

    def test_finds_a_reference_never_cited(self):
        def change(study):
            study["references"]["Q1"] = "A title nobody cites"
        self.one_fault(change, "references/Q1: never cited")

    def test_finds_a_name_without_its_chinese(self):
        def change(study):
            del study["programs"]["P"]["match"]["sources"]["state"]["name_zh"]
        self.one_fault(change, "programs/P/match/sources/state: name in one language only")

    def test_finds_chinese_that_is_not(self):
        def change(study):
            study["programs"]["P"]["name_zh"] = "Program"
        self.one_fault(change, "programs/P/name_zh: not Chinese")

    def test_finds_what_is_shown_without_a_name(self):
        def change(study):
            study["programs"]["P"]["outcomes"] = {"jobs": {"multiplier": 1, "source": "judgement"}}
        self.one_fault(change, "programs/P/outcomes/jobs: no name")

    def test_a_good_part_passes(self):
        self.assertEqual(faults(self.part(), part=True), [])

    def test_finds_what_is_not_in_a_part(self):
        self.assertEqual(faults({**self.part(), "horizon": {"base_year": 2025}}, part=True),
                         ["horizon: not in a part of a study"])

    def test_finds_what_hangs_on_another_program(self):
        target = {"output": "Q/npv", "name": "Worth it", "name_zh": "值得"}
        found = faults({**self.part(), "targets": [target]}, part=True)
        self.assertEqual(found, ["targets: Q/npv is not of the part's own program"])

    @staticmethod
    def part():
        """A good part of a study."""
        return {key: GOOD[key] for key in ("programs", "references")}

    def test_refuses_a_key_given_twice(self):
        with self.assertRaises(yaml.YAMLError):
            yaml.load("{a: 1, a: 2}", StrictLoader)  # nosec: a subclass of the safe loader

    @staticmethod
    def changed(change):
        """A copy of the good study after `change`."""
        study = copy.deepcopy(GOOD)
        change(study)
        return study


if __name__ == "__main__":
    unittest.main()
