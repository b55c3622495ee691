#!/usr/bin/env python3
"""The studies of inputs/hindcast and the figures they are held against.

X.csv holds the observations of study X.yaml, X_recalled.csv those that stand on memory alone; sources.csv
the titles of what they cite. The studies keep the rules of test_sources.py, the changes of an overlay too.

The checker of observations is itself held to tables with one planted fault each.
"""

import copy
import csv
import glob
import os
import re
import sys
import unittest

import h5py
import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "run")]

import fulcrum  # noqa: E402
import test_sources as sources  # noqa: E402

FOLDER = os.path.join(fulcrum.INPUTS, "hindcast")
COLUMNS = ["program", "output", "fiscal_year", "value", "error", "split", "source"]
RECALLED = "_recalled"
SPLITS = {"calibration", "score"}


def table(path):
    """Heading and rows of a CSV file."""
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        return reader.fieldnames, list(reader)


def observed():
    """Paths of all tables of observations, by name."""
    paths = sorted(glob.glob(os.path.join(FOLDER, "*.csv")))
    return {os.path.basename(path)[:-4]: path for path in paths if not path.endswith("sources.csv")}


def study_of(name):
    """Path of the study a table belongs to."""
    return os.path.join(FOLDER, name.removesuffix(RECALLED) + ".yaml")


def titles():
    """What sources.csv says an id is."""
    return {row["id"]: row["title"] for row in table(os.path.join(FOLDER, "sources.csv"))[1]}


def resolved(path):
    """A study as the program reads it, overlays applied."""
    return yaml.safe_load(fulcrum.must("check", path))


def number(text):
    """The number, or NaN."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return float("nan")


def faults_of_row(row, years, known, recalled):
    """What is wrong with one observation."""
    if not abs(number(row["value"])) < float("inf"):
        yield "value"
    if not 0 <= number(row["error"]) < float("inf"):
        yield "error"
    if row["split"] not in SPLITS:
        yield "split"
    if row["fiscal_year"] and not (row["fiscal_year"].isdigit() and int(row["fiscal_year"]) in years):
        yield "fiscal year"
    cited = set(sources.CITATION.findall(row["source"] or ""))
    if not cited and not re.search(r"\brecalled\b", row["source"] or ""):
        yield "source"
    if cited - known:
        yield "citation"
    if recalled != bool(re.search(r"\brecalled\b", row["source"] or "")):
        yield "recalled"


def faults_of_table(heading, rows, years, known, recalled=False):
    """All that is wrong with a table of observations, as texts."""
    if heading != COLUMNS:
        yield f"columns {heading}"
        return
    for i, row in enumerate(rows):
        for fault in faults_of_row(row, years, known, recalled):
            yield f"row {i}: {fault}"
    keys = [(row["program"], row["output"], row["fiscal_year"]) for row in rows]
    for key in sorted(set(keys)):
        if keys.count(key) > 1:
            yield f"{'/'.join(key)}: given twice"
    splits = {row["split"] for row in rows}
    for split in {"score"} if recalled else SPLITS:
        if split not in splits:
            yield f"no row of {split}"


def target(row):
    """An observation as a target, which `fulcrum check` finds in the study or refuses."""
    year = f", fiscal_year: {row['fiscal_year']}" if row["fiscal_year"] else ""
    return f"{{output: {row['program']}/{row['output']}{year}, at_least: 0}}"


class Observations(unittest.TestCase):
    """The tables of this repository."""

    def test_there_are_studies_and_every_one_is_observed(self):
        studies = {os.path.basename(path)[:-5] for path in glob.glob(os.path.join(FOLDER, "*.yaml"))}
        self.assertGreaterEqual(len(studies), 5)
        self.assertEqual(studies, {name.removesuffix(RECALLED) for name in observed()})

    def test_tables_are_well_formed_and_inside_their_horizon(self):
        for name, path in observed().items():
            horizon = resolved(study_of(name))["horizon"]
            years = range(horizon["base_year"], horizon["base_year"] + horizon["years"])
            with self.subTest(table=name):
                found = faults_of_table(*table(path), years, set(titles()), name.endswith(RECALLED))
                self.assertEqual(list(found), [])

    def test_all_observed_outputs_exist(self):
        for name, path in observed().items():
            with self.subTest(table=name):
                targets = ", ".join(target(row) for row in table(path)[1])
                fulcrum.must("check", "--quiet", study_of(name), "--set", f"targets=[{targets}]")

    def test_an_output_that_does_not_exist_would_be_found(self):
        for output in ("MEP/outcome_gross/sales", "MEP/aproppriation", "RIE/federal"):
            wanted = f"targets=[{{output: {output}, fiscal_year: 2006, at_least: 0}}]"
            done = fulcrum.run("check", "--quiet", study_of("mep_1998"), "--set", wanted)
            self.assertEqual(done.returncode, 65, done.stderr)

    def test_every_source_is_cited_and_named_as_in_the_studies(self):
        cited, named = set(), {}
        for path in observed().values():
            for row in table(path)[1]:
                cited |= set(sources.CITATION.findall(row["source"]))
        for path in glob.glob(os.path.join(FOLDER, "*.yaml")):
            named.update(resolved(path).get("references") or {})
        self.assertEqual(cited, set(titles()))
        for key, title in titles().items():
            with self.subTest(source=key):
                self.assertGreaterEqual(len(title), 10)
                self.assertEqual(title, named.get(key, title))


class Studies(unittest.TestCase):
    """The studies of this folder."""

    def test_every_number_says_where_it_is_from(self):
        for path in glob.glob(os.path.join(FOLDER, "*.yaml")):
            study = sources.load(path)
            with self.subTest(study=os.path.basename(path)):
                self.assertEqual(self.faults(study), [])

    @staticmethod
    def faults(study):
        """As test_sources.py; of an overlay what it sets, by path."""
        if "base" not in study:
            return sources.faults(study)
        references = {path.removeprefix("references/"): value for path, value in study["set"].items()
                      if path.startswith("references/")}
        changes = {path: value for path, value in study["set"].items()
                   if not path.startswith("references/")}
        base = sources.load(os.path.join(FOLDER, study["base"]))["references"]
        here = {key for _, node in sources.walk(changes) if isinstance(node, str)
                for key in sources.CITATION.findall(node)}
        return [*sources.unsourced(changes, ("set",), None),
                *(f"[{key}] is not in references" for key in sorted(here - set(references) - set(base))),
                *(f"references/{key}: never cited" for key in sorted(set(references) - here))]

    def test_every_study_says_which_rows_its_parameters_rest_on(self):
        for path in glob.glob(os.path.join(FOLDER, "*.yaml")):
            with open(path, encoding="utf-8") as file:
                text = file.read()
            if "base:" not in text:
                with self.subTest(study=os.path.basename(path)):
                    self.assertIn("marked `calibration`", text)

    def test_every_study_runs_and_refuses_no_sample(self):
        with fulcrum.folder() as folder:
            for path in sorted(glob.glob(os.path.join(FOLDER, "*.yaml"))):
                result = os.path.join(folder, os.path.basename(path)[:-5] + ".h5")
                fulcrum.must("run", path, "-n", 500, "--quiet", "-o", result)
                with self.subTest(study=os.path.basename(path)), h5py.File(result) as file:
                    self.assertFalse(file["refused_samples"][()].any())
                    self.assertFalse(file["imbalanced_samples"][()].any())

    def test_every_table_is_scored(self):
        with fulcrum.folder() as folder:
            for name, path in observed().items():
                scores = os.path.join(folder, name + ".h5")
                fulcrum.must("hindcast", study_of(name), path, "-n", 500, "--quiet", "-o", scores)
                with self.subTest(table=name), h5py.File(scores) as file:
                    rows = table(path)[1]
                    self.assertEqual(file["pit"].shape, (len(rows),))
                    self.assertTrue(((file["pit"][()] >= 0) & (file["pit"][()] <= 1)).all())
                    self.assertEqual([float(row["value"]) for row in rows], list(file["observed"][()]))


GOOD = [dict(zip(COLUMNS, fields)) for fields in (
    ("P", "federal", "2004", "39.6", "0", "calibration", "[M3] conference figure"),
    ("P", "federal", "2006", "104.6", "1", "score", "derived from [M1]"),
    ("P", "commitment_ratio", "", "2", "0.1", "score", "[M1]"))]


class Checker(unittest.TestCase):
    """The checker finds what is planted, and nothing else."""

    def found(self, heading=None, **changes):
        """Faults of the good table with fields of its second row changed."""
        rows = copy.deepcopy(GOOD)
        rows[1].update(changes)
        return list(faults_of_table(heading or COLUMNS, rows, range(1998, 2025), {"M1", "M3"}))

    def test_a_good_table_passes(self):
        self.assertEqual(self.found(), [])

    def test_finds_one_fault_each(self):
        for column, text, fault in (
                ("value", "", "value"), ("value", "many", "value"), ("error", "-1", "error"),
                ("error", "inf", "error"), ("split", "scored", "split"),
                ("fiscal_year", "1997", "fiscal year"), ("fiscal_year", "2025", "fiscal year"),
                ("fiscal_year", "FY6", "fiscal year"), ("source", "somewhere", "source"),
                ("source", "[M9] a report", "citation"), ("source", "[M1] recalled", "recalled")):
            with self.subTest(column=column, text=text):
                self.assertEqual(self.found(**{column: text}), [f"row 1: {fault}"])

    def test_finds_a_row_given_twice(self):
        self.assertEqual(self.found(fiscal_year="2004"), ["P/federal/2004: given twice"])

    def test_finds_a_missing_split(self):
        rows = [row for row in GOOD if row["split"] == "score"]
        self.assertEqual(list(faults_of_table(COLUMNS, rows, range(1998, 2025), {"M1"})),
                         ["no row of calibration"])

    def test_finds_other_columns(self):
        self.assertEqual(self.found(heading=COLUMNS[:-1]), [f"columns {COLUMNS[:-1]}"])


if __name__ == "__main__":
    unittest.main()
