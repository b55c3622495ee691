#!/usr/bin/env python3
"""The JSON Schema of studies: a valid schema, accepts what reading accepts, refuses what one key alone can
show to be wrong. The reader stays the judge; an editor with the schema only knows earlier."""
import glob
import json
import os
import re
import subprocess
import unittest

import jsonschema
import yaml

BUILD = os.environ["BUILD"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BAD = os.path.join(ROOT, "tests", "studies", "bad")


class Loader(yaml.SafeLoader):
    """Numbers and booleans as editors and the reader see them (YAML 1.2), keys as texts."""


Loader.yaml_implicit_resolvers = {}
Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(~|null|)$"), None)
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false)$"), None)
Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?[1-9][0-9]*$|^[-+]?0$"), None)
Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(0|[1-9][0-9]*)?(\.[0-9]*)?([eE][-+]?[0-9]+)?(?<=[0-9.])$"), None)


def number(loader, node):
    return float(loader.construct_scalar(node))


def mapping(loader, node):
    return {key.value: loader.construct_object(value, deep=True) for key, value in node.value}


Loader.add_constructor("tag:yaml.org,2002:float", number)
Loader.add_constructor("tag:yaml.org,2002:map", mapping)


def load(text):
    return yaml.load(text, Loader)


def read(name):
    with open(name, encoding="utf-8") as file:
        return file.read()


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class OfEveryKind(unittest.TestCase):
    """The table with one key of every kind (tests/support/every_kind.c)."""

    @classmethod
    def setUpClass(cls):
        schema = json.loads(output(f"{BUILD}/tests/unit/test_schema", "print"))
        jsonschema.Draft202012Validator.check_schema(schema)
        cls.validator = jsonschema.Draft202012Validator(schema)

    def accepts(self, text):
        errors = list(self.validator.iter_errors(load(text)))
        self.assertEqual(errors, [], text)

    def refuses(self, text):
        self.assertFalse(self.validator.is_valid(load(text)), text)

    def test_every_kind_is_accepted(self):
        for text in ("share: 1", "share: {fixed: 0.5, source: x, unit: y, note: 2024}",
                     "share: {pert: {min: 0, mode: 0.5, max: 1}}", "whole: 3", "positive: 1e-3",
                     "whole: {discrete: {values: [1, 2], weights: [1, 1]}}",
                     "share: {empirical: {values: [0.1, 0.2]}}",
                     "share: {empirical: {csv: x.csv, column: y}}",
                     "award: 3", "award: [1, {uniform: {min: 1, max: 2}}]", "hazard: 0.5",
                     "hazard: {2025: 0.5, 2030: {fixed: 1}}", "plan: {2025: 175}", "years: 5",
                     "mode: third_way", "indexed: true", "title: x", "pair: [a, b]",
                     "files: a", "files: [a, b]", "labels: {a: b}",
                     "section: {ratio: 1, count: 3, source: x}", "map: {a-1: {ratio: 1}}",
                     "list: [{ratio: 1}]", "name: x\nname_zh: x\nsource: x\nnote: x\nunit: x"):
            self.accepts(f"required: 1\n{text}\n")

    def test_what_one_key_shows_to_be_wrong_is_refused(self):
        self.refuses("share: 1")
        for text in ("foo: 1", "share: 1.5", "share: [1]", "share: yes", "share: '1'", "share:", "whole: 1.5",
                     "whole: 0", "positive: 0", "derived: 1", "share: {}", "share: {source: x}",
                     "share: {prt: {min: 1}}", "share: {uniform: {min: 0}}", "share: {uniform: {}}",
                     "share: {uniform: {min: 0, max: 1, mode: 2}}", "share: {uniform: {min: 0, max: x}}",
                     "share: {uniform: {min: 0, max: 1}, fixed: 1}",
                     "share: {discrete: {values: [], weights: [1]}}", "award: []", "award: {2025: 1}",
                     "plan: 5", "plan: {}", "plan: {25: 5}", "hazard: {2025: 1, x: 1}", "years: 65",
                     "years: 1.5", "mode: awrd", "indexed: yes", "title: [x]", "pair: x", "pair: []", "files: []", "files: {a: b}",
                     "labels: {a b: x}", "section: 5", "section: {share: 1}", "map: {}", "map: {a/b: {ratio: 1}}",
                     "list: []", "list: {a: {ratio: 1}}"):
            self.refuses(f"required: 1\n{text}\n")

    def test_every_property_has_a_description(self):
        def walk(schema, path):
            for key, value in schema.get("properties", {}).items():
                if "source" not in path + [key] and key not in ("unit", "note", "csv", "column"):
                    self.assertTrue(value.get("description"), path + [key])
                walk(value, path + [key])
        walk(self.validator.schema, [])


class OfStudies(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        schema = json.loads(output(f"{BUILD}/fulcrum", "schema"))
        jsonschema.Draft202012Validator.check_schema(schema)
        cls.validator = jsonschema.Draft202012Validator(schema)

    def test_studies_of_the_repository_are_accepted_as_written_and_as_resolved(self):
        studies = [name for name in glob.glob(os.path.join(ROOT, "inputs", "**", "*.yaml"), recursive=True)
                   if "horizon" in load(read(name))]
        self.assertGreaterEqual(len(studies), 3)
        for name in studies:
            for text in (read(name), output(f"{BUILD}/fulcrum", "check", name, "--canonical")):
                errors = [f"{list(e.absolute_path)}: {e.message[:200]}"
                          for e in self.validator.iter_errors(load(text))]
                self.assertEqual(errors, [], name)

    def test_a_study_that_includes_others_may_leave_all_to_them(self):
        for text in ("include: a.yaml", "include: [a.yaml, b.yaml]\ntitle: x", "fulcrum: 1\ninclude: a.yaml"):
            self.assertTrue(self.validator.is_valid(load(text)), text)
        for text in ("fulcrum: 1", "include: []", "include: {a: b}", "include: a.yaml\ntitel: x"):
            self.assertFalse(self.validator.is_valid(load(text)), text)

    def test_mistakes_of_one_key_are_refused(self):
        refused = """additionality_above_one admin_of_one capital_key count_of_zero
            discount_of_minus_one empty_cohorts empty_plan empty_programs empty_required empty_sources empty_values
            family_without_parameters infinite key_of_another_section key_too_long key_with_letters_beyond
            key_with_slash key_with_space list_as_study list_for_map list_for_number list_for_quantity
            map_for_list missing_cohort_count missing_driver missing_horizon missing_instrument
            missing_parameter missing_programs missing_ratio missing_version missing_years misspelled_required
            misspelled_required_key misspelled_source_key negative_plan negative_ratio not_a_number
            nothing_for_section number_for_section percent plan_as_number quoted_number remark_only
            share_above_one text_as_study thousands_comma title_as_list two_families unknown_driver unknown_family
            unknown_instrument unknown_mode unknown_parameter unknown_program_key unknown_taper unknown_top
            word_for_number wrong_version year_as_text year_of_two_digits years_not_whole years_too_many
            years_zero yes_for_boolean""".split()
        for name in refused:
            text = read(os.path.join(BAD, name + ".yaml"))
            self.assertFalse(self.validator.is_valid(load(text)), name)

    def test_the_reference_page_has_every_key(self):
        page = output(f"{BUILD}/fulcrum", "schema", "--markdown")

        def walk(schema):
            for key, value in schema.get("properties", {}).items():
                self.assertIn(f"| `{key}` |", page)
                walk(value)
                walk(value.get("items", {}))
                for entry in value.get("patternProperties", {}).values():
                    walk(entry)
        walk(self.validator.schema)


if __name__ == "__main__":
    unittest.main()
