#!/usr/bin/env python3
"""Every command of the documentation runs, with few samples, in a copy of what it needs; and the numbers of the
walkthrough are those of its own runs, within the errors that the page and the runs state."""

import concurrent.futures
import os
import re
import shutil
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(os.path.dirname(HERE)), "analysis")]

import documents  # noqa: E402
import fulcrum  # noqa: E402  (analysis/fulcrum.py: reads files)
import style  # noqa: E402

PAGES = ("README.md", "inputs/README.md", "inputs/hindcast/README.md", "inputs/models/README.md", "jobs/README.md",
         "analysis/README.md", "analysis/formats/csv.md")
WALK = "analysis/walkthrough.md"
CHINESE = any(os.path.basename(path).startswith("NotoSansCJK") for path in style.font_manager.findSystemFonts())


def page(name):
    """The text of a document."""
    with open(os.path.join(documents.ROOT, name), encoding="utf-8") as file:
        return file.read()


def lacking(command):
    """What a command needs that this machine has not; None where it has all."""
    word = command.split(" ")[0]
    if word in ("Rscript", "gnuplot", "mpirun", "make") and not shutil.which(word):
        return f"{word} is not there"
    if "--lang zh" in command and not CHINESE:
        return "the font Noto Sans CJK is not there"
    return None


def failures(place, listed, name):
    """What went wrong with the commands of a document, a text each; and what was skipped."""
    wrong, skipped = [], []
    place.provide(listed)
    for number, command in listed:
        why = lacking(command)
        if why:
            skipped.append(f"{name}:{number}: {command}: {why}")
            continue
        done = place.run(command)
        if not documents.works(command, done):
            wrong.append(f"{name}:{number}: {command}\n  exit {done.returncode}: {done.stderr.strip()[-600:]}")
    return wrong, skipped


class Document:
    """A document whose commands have been run, in a place that is still there."""

    def __init__(self, name):
        self.listed, self.left_out = documents.commands(page(name))
        # The walkthrough's numbers are looked at: enough samples that their errors mean something.
        self.place = documents.Place({"sensitivity": 576, "voi": 4800}, 3840) if name == WALK else documents.Place()
        self.wrong, self.skipped = failures(self.place, self.listed, name)


RUN = {}


def setUpModule():
    pool = concurrent.futures.ThreadPoolExecutor(2)
    unittest.addModuleCleanup(pool.shutdown)
    for name in (WALK, *PAGES):
        RUN[name] = pool.submit(Document, name)
        unittest.addModuleCleanup(lambda one=RUN[name]: one.result().place.close())


class Commands(unittest.TestCase):
    def check_page(self, name):
        document = RUN[name].result()
        self.assertTrue(document.listed, f"{name} has no commands")
        for text in document.skipped:
            print("  skipped:", text, file=sys.stderr)
        self.assertEqual(document.wrong, [], "\n" + "\n".join(document.wrong))
        self.assertLess(len(document.left_out), 12)

    def test_a_command_that_no_longer_works_is_found(self):
        text = "    fulcrum check inputs/first_study.yaml --quiet   # fine\n\n```\nfulcrum run inputs/first_study.yaml --nonsense\n```\n" \
               "fulcrum is no command here\n    fulcrum: 1\n    sbatch jobs/slurm_node.sh\n    make test\n"
        listed, left_out = documents.commands(text)
        self.assertEqual([number for number, _ in listed], [1, 4])
        self.assertEqual(len(left_out), 2)
        place = documents.Place()
        self.addCleanup(place.close)
        wrong, _ = failures(place, listed, "planted")
        self.assertEqual(len(wrong), 1)
        self.assertIn("planted:4", wrong[0])
        self.assertIn("--nonsense", wrong[0])

    def test_few_samples_keep_their_order(self):
        place = documents.Place()
        self.addCleanup(place.close)
        counts = []
        for number in ("100", "20000", "1e8", "2e8"):
            done = place.run(f"fulcrum run study.yaml -n {number} -q -o n.h5 --restart && fulcrum show n.h5")
            counts.append(int(re.search(r"(\d+) samples", done.stdout)[1]))
        self.assertEqual(counts, sorted(set(counts)))
        self.assertEqual(counts[0], 100)
        self.assertLess(counts[-1], 10000)


def add_page(name):
    """A test for a document."""
    setattr(Commands, "test_commands_of_" + re.sub(r"\W+", "_", name.removesuffix(".md")).lower(),
            lambda self: self.check_page(name))


for _name in PAGES:
    add_page(_name)


def numbers(cells):
    """The numbers of a row: "0.277 to 0.296" is two."""
    return [[float(text.replace(",", "")) for text in re.findall(r"[-+]?\d[\d,]*\.?\d*", cell.replace("\N{MINUS SIGN}", "-"))]
            for cell in cells]


def rows_of(text):
    """{name: numbers of its cells} of tables whose first cell ends in a name in backquotes."""
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        named = re.search(r"`([\w./]+)`$", cells[0])
        if line.startswith("| ") and named:
            found[named[1]] = numbers(cells[1:])
    return found


class Walkthrough(unittest.TestCase):
    """The numbers are looked up in the files that the commands wrote."""

    @classmethod
    def setUpClass(cls):
        cls.text = page(WALK)
        cls.document = RUN[WALK].result()
        cls.place, cls.rows = cls.document.place, rows_of(cls.text)

    def open(self, name):
        """A file that the walkthrough wrote."""
        data = fulcrum.load(self.place.place(name))
        self.addCleanup(data.close)
        return data

    def near(self, told, value, tolerance, what):
        """A number of the page against that of the run."""
        self.assertLessEqual(abs(told - value), tolerance, f"{what}: the page says {told}, the run {value}")

    def test_every_command_runs(self):
        self.assertEqual(self.document.wrong, [], "\n" + "\n".join(self.document.wrong))
        self.assertGreater(len(self.document.listed), 15)

    def test_the_policy_is_the_file(self):
        lines = page("inputs/policies/mfgusa_taper_two_years_earlier.yaml").splitlines()
        for line in lines:
            self.assertIn("    " + line, self.text)

    def test_differences_are_those_of_the_run(self):
        data = self.open("taper.h5")
        policy = data.scenario.values[1]
        compared = [name for name in self.rows if name.split("/")[0] in ("MFGUSA", "portfolio")]
        self.assertEqual(len(compared), 6)
        for name in compared:
            (base,), (level,), (difference,), (low, high), (more,), (less,) = self.rows[name]
            scale = 100 if data[f"{name.split('/')[1]}_mean"].attrs["units"] == "1" and "share" in name else 1
            get = lambda statistic, scenario: scale * float(  # noqa: E731
                fulcrum.find(data, name, statistic).sel(scenario=scenario))
            for told, scenario in ((base, data.scenario.values[0]), (level, policy)):
                self.near(told, get("mean", scenario), 3 * get("standard_error", scenario) + 0.005 * abs(told), name)
            half = (high - low) / 2
            self.assertTrue(low <= difference <= high, name)
            error = style.width(data) * get("difference_standard_error", policy)
            self.near(difference, get("difference_mean", policy), half + 1.5 * error, f"difference of {name}")
            self.assertLess(half, error, "the page comes from more samples than this run")
            samples = data.attrs["samples"]
            for told, statistic in ((more, "probability_higher"), (less, "probability_lower")):
                share = told / 100
                self.near(share, get(statistic, policy) / scale, 3.5 * (share * (1 - share) / samples)**0.5 + 0.001, statistic)

    def test_shares_of_the_variance_are_those_of_the_run(self):
        with fulcrum.load(self.place.place("drivers.h5"), "shapley/horizon") as group:
            table = group.sel(program="MFGUSA", output="survival_share").load()
        told = {name: row for name, row in self.rows.items() if name.startswith("programs/") and len(row) == 2
                and name in table.factor.values and "multiplier" not in name}
        self.assertEqual(len(told), 5)
        for name, ((value,), (low, high)) in told.items():
            one = table.sel(factor=name)
            half = 75 * float(one.effect_high - one.effect_low)
            self.near(value, 100 * float(one.effect), (high - low) / 2 + half, name)

    def test_the_worth_of_knowing_is_that_of_the_run(self):
        data = self.open("voi.h5")
        multiplier = "programs/MFGUSA/outcomes/new_sales/multiplier"
        for name, variables in (("evpi", [data[f"evpi{end}"] for end in ("", "_low", "_high")]),
                                (multiplier, [data[f"evppi{end}"].sel(quantity=multiplier) for end in ("", "_low", "_high")])):
            (value,), (low, high) = self.rows[name]
            here, down, up = map(float, variables)
            self.near(value, here, (high - low) / 2 + 0.75 * (up - down), name)

    def test_sentences_hold(self):
        data, compared, swept = self.open("baseline.h5"), self.open("taper.h5"), self.open("start.h5")
        samples = data.attrs["samples"]
        survival = fulcrum.find(data, "MFGUSA/survival_share")
        error = 3 * float(fulcrum.find(data, "MFGUSA/survival_share", "standard_error"))
        self.assertIn("77 % of them live to FY2039", self.text)
        self.near(0.77, float(survival), error + 0.005, "survival")
        self.assertIn("4.0 dollars", self.text)
        self.near(4.0, float(fulcrum.find(data, "MFGUSA/leverage_ratio", "quantile").sel(quantile=0.5)), 0.15, "median")
        for p, told in ((0.05, 0.15), (0.5, 0.85)):
            ends = [float(fulcrum.find(data, "MFGUSA/survival_share", f"quantile_{end}").sel(quantile=p))
                    for end in ("low", "high")]
            self.assertTrue(ends[0] <= told <= ends[1], (p, ends))
        self.assertIn("in one of eleven by more than 5 points", self.text)
        margin = float(compared.margin_probability[0, 1])
        self.near(1 / 11, margin, 3.5 * (margin / samples)**0.5, "margin")
        saved = fulcrum.find(compared, "MFGUSA/federal", "difference_mean").sel(scenario=compared.scenario.values[1])
        self.assertIn("about 5 million dollars a year", self.text)
        self.near(5, -float(saved.sel(fiscal_year=slice(2025, 2036)).mean()), 0.5, "saved a year")
        self.assertIn("about 31 million dollars with each year", self.text)
        change = fulcrum.find(swept, "portfolio/npv", "difference_mean").values
        self.near(31, float(change[0] - change[2]) / 4, 3, "a year of delay")


if __name__ == "__main__":
    unittest.main()
