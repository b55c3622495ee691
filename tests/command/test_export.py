#!/usr/bin/env python3
"""fulcrum export: tables of all our files as CSV.

pandas and, where it is installed, R read every table back, and every number equals the one that h5py
reads from the file, to the last bit.
"""

import csv
import io
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import h5py
import netCDF4
import numpy
import pandas

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "run"))

import fulcrum  # noqa: E402

ROOT = fulcrum.ROOT
FILES = {}
SAMPLES = 1700
USAGE, STUDY, INPUT, OUTPUT = 2, 65, 66, 73
# Ratios without denominator, paybacks that never come, names that need quotes.
TEXT = """\
fulcrum: 1
title: Two programs
horizon: {base_year: 2025, years: 4}
macro: {inflation: {mean: 0.02, volatility: 0.01}, discount_rate: 0.03}
programs:
  WILD:
    name: 'The "wild", one'
    name_zh: 甲，乙
    instrument: grant
    budget: {mode: share, plan: {2025: 10}, growth: {normal: {mean: 0.02, sd: 0.3}}, termination: {from_year: 2025, hazard: 0.3}}
    units: {cohorts: [{start: 2020, count: 3}], lagging_share: 0.3}
    match: {required: 0.5, sources: {state: {ratio: {pert: {min: 0.3, mode: 0.6, max: 0.9}, source: "a, b\\nand \\"c\\""}}, industry: {ratio: 0.2}}}
    cost: {ratio: 1.5, credit: 0.2, minimum_service: 0.8}
    outcomes: {jobs: {unit: jobs, multiplier: 9, driver: federal, value: 0.05}, investment: {unit: USD million, multiplier: 2, driver: spending}}
  CALM:
    instrument: fund
    budget: {plan: {2025: 5, 2026: 0}, volatility: 0.2}
    fund: {ratio: 2, hold: 2, multiple: {lognormal: {median: 1, p95: 4}}, return_volatility: 0.5, recycle: 0.5}
    outcomes: {new_sales: {multiplier: 3, driver: appropriation, value: 0.3}}
targets:
  - {output: WILD/leverage_ratio, at_least: 0.8, name: 'Four, "fifths"', name_zh: 五分之四}
  - {output: portfolio/payback_year, at_most: 2027}
"""


def fulcrum_of(*words, check=True):
    """Run the program; what it printed."""
    done = subprocess.run([fulcrum.PROGRAM, *words], capture_output=True, text=True, check=False, cwd=FILES["folder"])
    if check and done.returncode:
        raise AssertionError(f"{words}: {done.stderr}")
    return done


def export(name, *options):
    """The CSV text of a file."""
    return fulcrum_of("export", FILES[name], *options).stdout


def table(name, *options):
    """The same as pandas reads it, by its defaults but for rounding."""
    return pandas.read_csv(io.StringIO(export(name, *options)), float_precision="round_trip")


def setUpModule():
    folder = tempfile.mkdtemp(prefix="fulcrum_export_")
    FILES["folder"] = folder
    place = lambda name: os.path.join(folder, name)  # noqa: E731
    with open(place("two.yaml"), "w", encoding="utf-8") as file:
        file.write(TEXT)
    with open(place("policy.yaml"), "w", encoding="utf-8") as file:
        file.write("base: two.yaml\nname: Half\nset: {programs/WILD/match/required: 1}\n")
    policy, lever = place("policy.yaml"), "programs/WILD/match/required=0.5,[1,1,2]"
    # More samples than are taken into memory at a time.
    fulcrum_of("run", "two.yaml", "-n", str(SAMPLES), "--samples", "-o", "run.h5")
    fulcrum_of("run", "two.yaml", "--until", "WILD/leverage_ratio mean 20%", "-o", "until.h5")
    fulcrum_of("compare", "two.yaml", policy, "-n", "200", "--margin", "portfolio/npv=1", "-o", "compare.h5")
    fulcrum_of("sweep", "two.yaml", "--lever", lever, "--lever", "macro/discount_rate=0.02,0.05", "-n", "200",
               "--break-even", "WILD/leverage_ratio=0.5", "-o", "sweep.h5")
    fulcrum_of("hindcast", os.path.join(ROOT, "inputs/hindcast/mep_1998.yaml"),
               os.path.join(ROOT, "inputs/hindcast/mep_1998.csv"), "-n", "200", "-o", "hindcast.h5")
    fulcrum_of("trace", "two.yaml", "--sample", "3,17", "-o", "trace.h5")
    fulcrum_of("sensitivity", "two.yaml", "-n", "192", "--of", "WILD/*", "-o", "sensitivity.h5")
    fulcrum_of("voi", "two.yaml", policy, "-n", "960", "-o", "voi.h5")
    for name in ("run", "until", "compare", "sweep", "hindcast", "trace", "sensitivity", "voi"):
        FILES[name] = place(f"{name}.h5")
    FILES["samples"] = place("run.samples.h5")


def tearDownModule():
    shutil.rmtree(FILES["folder"])


def entries(group, name, size):
    """Values along a dimension, of this group or one above; numbers from 0 where it has none."""
    while group is not None:
        if name in group.variables:
            values = group.variables[name][:]
            return list(values) if isinstance(values, numpy.ndarray) and values.dtype == object else values.tolist()
        if name in group.dimensions:
            return list(range(size))
        group = group.parent
    raise AssertionError(f"no dimension {name}")


def numbers_of(path, group="", but=()):
    """{(variable, entries ...): number} of all numeric variables of a group that are tables: the numbers by
    h5py, the names of their dimensions by netCDF4."""
    found, known = {}, {}
    with h5py.File(path) as file, netCDF4.Dataset(path) as layout:
        place = layout[group] if group else layout
        for name, variable in place.variables.items():
            if variable.dtype == str or variable.dtype.itemsize == 1 or variable.dimensions == (name,) or \
                    name.endswith(but):
                continue
            axes = variable.dimensions
            if axes not in known:
                values = [entries(place, axis, size) for axis, size in zip(axes, variable.shape)]
                known[axes] = [(index, frozenset((axis, values[k][i]) for k, (axis, i) in enumerate(zip(axes, index))))
                               for index in numpy.ndindex(variable.shape)]
            whole = file[f"{group}/{name}"][()]
            for index, keys in known[axes]:
                found[name, keys] = whole[index]
    return found


def lines_of(frame, keyed):
    """The same of a tidy table; `keyed`: columns that are axes."""
    found = {}
    axes = [column for column in frame.columns if column in keyed]
    outputs = frame.columns[0] == "output" and "output" not in keyed
    for row in frame.to_dict("records"):
        name = f"{row['output']}_{row['statistic']}" if outputs else row["statistic"]
        keys = frozenset((axis, str(row[axis]) if axis == "unit" else row[axis]) for axis in axes
                         if not pandas.isna(row[axis]))
        found[name, keys] = row["value"]
    return found


class Export(unittest.TestCase):
    def equal(self, frame, path, axes, group="", but=()):
        """Every number of the file is in the table and the other way round."""
        wanted = numbers_of(path, group, but)
        written = lines_of(frame, axes)
        extra = set(written) - set(wanted)
        self.assertEqual(list(extra)[:3], [])
        both = [key for key in wanted if key in written]
        self.assertTrue(both)
        numpy.testing.assert_array_equal([float(written[key]) for key in both],
                                         [float(wanted[key]) for key in both])
        return wanted, written

    def test_every_number_of_a_result_reads_back_to_the_same_double(self):
        axes = ("program", "source", "outcome", "fiscal_year", "quantile", "edge", "bin")
        self.equal(table("run", "-s", "histogram*", "--of", "npv", "--of", "active"), FILES["run"], axes)
        wanted, written = self.equal(table("run"), FILES["run"], axes, but=("_edge", "histogram_count"))
        left_out = [key for key in set(wanted) - set(written) if not key[0].startswith(("target_", "refused", "imbal"))]
        for key in left_out:  # outputs that a program does not have
            value = wanted[key]
            self.assertTrue(numpy.isnan(value) if isinstance(value, float) else value == 0, key)
        self.assertGreater(len(written), 0.5 * len(wanted))
        self.assertIn(numpy.inf, [value for value in written.values()])
        self.assertTrue(any(numpy.isnan(value) for value in written.values()))

    def test_wide_holds_the_same_numbers(self):
        tidy, wide = table("run"), table("run", "--wide")
        keys = ["output", "program", "source", "outcome", "fiscal_year"]
        quantile = tidy["quantile"].map(lambda p: "" if pandas.isna(p) else f"_{p:g}")
        tidy["column"] = tidy["statistic"] + quantile
        long = wide.melt(id_vars=keys + ["unit"], var_name="column").merge(
            tidy, how="outer", on=keys + ["column"], indicator=True)
        self.assertEqual(set(long["_merge"]), {"both"})
        numpy.testing.assert_array_equal(long["value_x"], long["value_y"])
        self.assertFalse(wide.duplicated(keys).any())
        self.assertNotIn("histogram_count_0", wide.columns)

    def test_units_are_those_of_the_outcomes(self):
        frame = table("run", "--of", "outcome_gross", "-s", "mean")
        self.assertEqual(set(frame[frame.outcome == "jobs"].unit), {"jobs"})
        self.assertEqual(set(frame[frame.outcome == "investment"].unit), {"USD million"})
        frame = table("samples", "--of", "WILD/outcome_net/jobs")
        self.assertEqual(set(frame.unit), {"jobs"})

    def test_an_output_that_a_program_lacks_has_no_line(self):
        frame = table("run", "--of", "outcome_gross", "-s", "mean")
        self.assertEqual(set(zip(frame.program, frame.outcome)),
                         {("WILD", "jobs"), ("WILD", "investment"), ("CALM", "new_sales"), ("portfolio", "jobs"),
                          ("portfolio", "investment"), ("portfolio", "new_sales")})

    def test_other_files_by_their_variables_and_dimensions(self):
        hidden = ("regret_", "best_", "dominance_", "margin_", "touched", "target_", "refused", "imbalanced")
        files = {"compare": ("scenario", "program", "source", "outcome", "fiscal_year", "quantile"),
                 "sweep": ("output", "WILD_match_required", "discount_rate", "macro_discount_rate", "quantile"),
                 "hindcast": ("observation", "quantile")}
        for name, axes in files.items():
            with self.subTest(name):
                labels = ("fiscal_year", "inside_50", "inside_90") if name == "hindcast" else ("touched",)
                some = ("--of", "npv", "--of", "federal", "--of", "outcome_net") if name == "compare" else ()
                wanted, written = self.equal(table(name, *some), FILES[name], axes, but=labels)
                lost = [key for key in set(wanted) - set(written)
                        if not key[0].startswith(hidden + ("break_even", "pareto"))
                        and (not some or key[0].startswith(("npv", "federal", "outcome_net")))]
                self.assertTrue(all(numpy.isnan(wanted[key]) or wanted[key] == 0 for key in lost), lost[:3])

    def test_tables_beside_the_largest(self):
        frame = table("run", "-t", "target", "-w")
        with h5py.File(FILES["run"]) as file:
            numpy.testing.assert_array_equal(frame.target_probability, file["target_probability"])
        self.assertEqual(frame.target_name[0], 'Four, "fifths"')
        self.assertEqual(frame.target_name_zh[0], "五分之四")
        frame = table("until", "-t", "until", "-w")
        with h5py.File(FILES["until"]) as file:
            numpy.testing.assert_array_equal(frame.estimate, file["until/estimate"])
            numpy.testing.assert_array_equal(frame["values"], file["until/values"])
        frame = table("compare", "-t", "decision/scenario")
        self.assertEqual(set(frame.scenario), {"two", "policy"})
        self.assertEqual(float(table("sweep", "-t", "break_even", "-w").break_even_level[0]), 0.5)
        wanted, written = self.equal(table("sensitivity", "-t", "shapley/by_year"), FILES["sensitivity"],
                                     ("output", "program", "factor", "fiscal_year"), "shapley/by_year")
        self.assertEqual(len(wanted), len(written))
        wanted, written = self.equal(table("voi", "-t", "quantity"), FILES["voi"], ("quantity",),
                                     but=("evpi", "utility"))
        self.assertGreater(len(written), 10)
        wanted, written = self.equal(table("trace", "-t", "programs/WILD/units"), FILES["trace"],
                                     ("sample", "unit", "fiscal_year"), "programs/WILD/units", but=("draw_gate_u",))
        self.assertEqual(len(wanted), len(written))

    def test_the_study_is_a_table_with_its_sources(self):
        rows = list(csv.DictReader(io.StringIO(export("run", "-t", "study"))))
        with h5py.File(FILES["run"]) as file:
            self.assertEqual([row["path"] for row in rows], fulcrum.texts(file["study/path"]))
            self.assertEqual([row["distribution"] for row in rows], fulcrum.texts(file["study/distribution"]))

    def test_kept_samples(self):
        wide = table("samples", "--wide")
        with h5py.File(FILES["samples"]) as file:
            names, quantities = fulcrum.texts(file["name"]), fulcrum.texts(file["quantity"])
            self.assertEqual(list(wide.columns), ["sample", *quantities, *names])
            numpy.testing.assert_array_equal(wide[names].to_numpy(float), file["output"])
            numpy.testing.assert_array_equal(wide[quantities], file["parameter"])
            one = table("samples", "--of", "WILD/leverage_ratio", "-w")
            self.assertEqual(list(one.columns), ["sample", "WILD/leverage_ratio"])
            numpy.testing.assert_array_equal(one["WILD/leverage_ratio"], file["output"][:, names.index("WILD/leverage_ratio")])
            tidy = table("samples", "--of", "programs/*", "--of", "*/npv")
            chosen = tidy[tidy.name == "CALM/npv"]
            numpy.testing.assert_array_equal(chosen["sample"], range(SAMPLES))
            numpy.testing.assert_array_equal(chosen["value"], file["output"][:, names.index("CALM/npv")])
            self.assertEqual(set(chosen.unit), {"USD million"})
            self.assertEqual(list(wide["sample"]), list(range(SAMPLES)))
            self.assertEqual(len(tidy), SAMPLES * (3 + sum(name.startswith("programs/") for name in quantities)))

    def test_names_choose_as_targets_do(self):
        for patterns, count in ((["WILD/federal/2026"], 1), (["federal"], 12), (["WILD/federal"], 4),
                                (["*/npv", "WILD/match_by_source/state"], 7), (["WILD/outcome_gross/jobs/2025"], 1)):
            words = [word for pattern in patterns for word in ("--of", pattern)]
            self.assertEqual(len(table("run", "-w", *words)), count, patterns)
        frame = table("run", "--of", "npv", "-s", "mean")
        self.assertEqual(list(frame.columns), ["output", "program", "statistic", "value", "unit"])

    def test_names_of_programs_come_on_request(self):
        frame = table("run", "--names", "--of", "npv", "-s", "mean")
        self.assertEqual(frame.program_name[0], 'The "wild", one')
        self.assertEqual(frame.program_name_zh[0], "甲，乙")

    def test_excel_has_its_mark_and_its_lines(self):
        path = os.path.join(FILES["folder"], "excel.csv")
        fulcrum_of("export", FILES["run"], "--excel", "--names", "--of", "npv", "-o", path)
        with open(path, "rb") as file:
            content = file.read()
        self.assertTrue(content.startswith(b"\xef\xbb\xbfoutput,program,"))
        self.assertEqual(content.count(b"\n"), content.count(b"\r\n"))
        self.assertEqual(pandas.read_csv(path).columns[0], "output")

    def test_file_and_standard_output_are_the_same(self):
        path = os.path.join(FILES["folder"], "out.csv")
        said = fulcrum_of("export", FILES["run"], "-o", path).stdout
        with open(path, encoding="utf-8", newline="") as file:
            content = file.read()
        self.assertEqual(content, export("run"))
        self.assertIn(f"table outputs, {content.count(chr(10)) - 1} lines of {len(content.split(chr(10))[0].split(','))} columns", said)
        self.assertEqual(len({line.count(",") for line in content.splitlines() if '"' not in line}), 1)

    def test_list_names_every_table_and_each_can_be_had(self):
        for name in ("run", "until", "compare", "sweep", "hindcast", "trace", "samples", "sensitivity", "voi"):
            names = [line.split()[0] for line in export(name, "--list").splitlines()]
            for which in names:
                with self.subTest(f"{name} {which}"):
                    self.assertGreater(len(table(name, "-t", which, "-w", "--names")), 0)

    def test_mistakes_are_one_line_with_a_remedy(self):
        for words, code, said in (
                ([FILES["run"], "--of", "levrage_ratio"], USAGE, "did you mean 'leverage_ratio'?"),
                ([FILES["run"], "--of", "npv", "--of", "nothing/at/all"], USAGE, "is called 'nothing/at/all'"),
                ([FILES["run"], "-s", "meen"], USAGE, "did you mean 'mean'?"),
                ([FILES["run"], "-t", "targets"], USAGE, "there are: target,"),
                ([FILES["run"], "-o", FILES["run"]], USAGE, "is the file to read"),
                ([FILES["run"], "-o", "none/here.csv"], OUTPUT, "none/here.csv"),
                (["two.yaml"], STUDY, "not a result"), (["none.h5"], INPUT, "none.h5"),
                ([], USAGE, "FILE.h5 is missing")):
            done = fulcrum_of("export", *words, check=False)
            self.assertEqual(done.returncode, code, words)
            self.assertIn(said, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)

    def test_a_choice_of_nothing_leaves_the_file_as_it_was(self):
        path = os.path.join(FILES["folder"], "kept.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("mine")
        fulcrum_of("export", FILES["run"], "--of", "npv", "--of", "nonsense", "-o", path, check=False)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "mine")
        self.assertFalse([name for name in os.listdir(FILES["folder"]) if "partial" in name])

    def test_a_damaged_file_is_refused(self):
        path = shutil.copy(FILES["run"], os.path.join(FILES["folder"], "damaged.h5"))
        with open(path, "r+b") as file:
            file.seek(5000)
            file.write(b"\x00\xff")
        done = fulcrum_of("export", path, check=False)
        self.assertEqual((done.returncode, done.stdout), (STUDY, ""))
        self.assertIn("damaged", done.stderr)

    def test_full_disks_are_told(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("there is no /dev/full")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([fulcrum.PROGRAM, "export", FILES["run"]], stdout=full, stderr=subprocess.PIPE,
                                  check=False)
        self.assertEqual(done.returncode, OUTPUT)

    def test_r_reads_the_same_doubles(self):
        if not shutil.which("Rscript"):
            self.skipTest("R is not there (r-base-core)")
        path = os.path.join(FILES["folder"], "r.csv")
        fulcrum_of("export", FILES["run"], "--wide", "-o", path)
        script = ('t <- read.csv(commandArgs(TRUE)[1]); stopifnot(is.numeric(t$mean), is.numeric(t$quantile_0.5));'
                  ' cat(sprintf("%a,%a", t$mean, t$quantile_0.5), sep = "\\n")')
        said = subprocess.run(["Rscript", "-e", script, path], check=True, capture_output=True, text=True).stdout
        frame = table("run", "--wide")
        for line, mean, median in zip(said.split(), frame["mean"], frame["quantile_0.5"]):
            for text, value in zip(line.split(","), (mean, median)):
                number = float("nan") if text in ("NA", "NaN") else float(text.replace("Inf", "inf")) \
                    if "Inf" in text else float.fromhex(text)
                numpy.testing.assert_equal(number, value)


if __name__ == "__main__":
    unittest.main()
