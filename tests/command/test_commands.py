#!/usr/bin/env python3
"""The program's commands as people use them: help, errors, exit codes, files and what is left of them.

Exit codes are those of include/fulcrum/status.h. An error is one line that starts with the
program's and the command's name; where a name is misspelled the nearest known one is told.
"""

import csv
import glob
import hashlib
import io
import json
import math
import os
import re
import shutil
import subprocess
import sys
import unittest

import h5py
import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "run"))

import fulcrum  # noqa: E402

FIRST = os.path.join(fulcrum.INPUTS, "first_study.yaml")
FEATURES = os.path.join(fulcrum.STUDIES, "outcomes.yaml")
USAGE, STUDY, INPUT, OUTPUT = 2, 65, 66, 73


def commands():
    """Names of the commands in the overview."""
    overview = fulcrum.must("--help").split("Example")[0]
    return re.findall(r"^  ([a-z]+) +[A-Z]", overview, re.M)


class WithFolder(unittest.TestCase):
    """Tests that write files; names are relative to a folder of their own."""

    def setUp(self):
        folder = fulcrum.folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        """A path in the folder."""
        return os.path.join(self.folder, name)

    def write(self, name, content):
        """A new file in the folder."""
        with open(self.path(name), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return self.path(name)

    def read(self, name):
        """Bytes of a file in the folder."""
        with open(self.path(name), "rb") as file:
            return file.read()

    def refused(self, code, pattern, *arguments, **settings):
        """One line of error that matches, the exit code, and nothing printed."""
        done = fulcrum.run(*arguments, **settings)
        words = " ".join(map(str, arguments))
        self.assertEqual(done.returncode, code, f"{words}: {done.stderr}")
        self.assertEqual(done.stdout, "", words)
        self.assertEqual(done.stderr.count("\n"), 1, f"{words}: {done.stderr}")
        self.assertRegex(done.stderr, r"^fulcrum( [a-z]+)?: ", words)
        self.assertRegex(done.stderr, pattern, words)
        return done.stderr

    def nothing_left(self, *kept):
        """The folder holds only the files named."""
        self.assertEqual(sorted(os.listdir(self.folder)), sorted(kept))


class Help(WithFolder):
    """What a beginner sees first."""

    def test_overview_names_every_command_and_an_example(self):
        for argument in ("--help", "-h", "help"):
            self.assertIn("fulcrum run inputs/baseline.yaml", fulcrum.must(argument))
        for command in ("run", "check", "show", "trace", "schema"):
            self.assertIn(command, commands())
        done = fulcrum.run()
        self.assertEqual(done.returncode, USAGE)
        self.assertIn("Exit codes", done.stdout)

    def test_version(self):
        self.assertRegex(fulcrum.must("--version"), r"^fulcrum \d+\.\d+\.\d+\n$")

    def test_every_command_explains_its_options_and_gives_an_example(self):
        for command in commands():
            text = fulcrum.must(command, "--help")
            options = re.findall(r"^  (?:-(\w), |    )--([a-z-]+)(?: (\S+))? +(\S.*)$", text, re.M)
            self.assertIn("help", [name for _, name, _, _ in options], command)
            for _, name, _, sentence in options:
                self.assertGreater(len(sentence), 8, f"{command} --{name}")
            example = text.split("Example\n")[1].strip().splitlines()[0]
            self.assertTrue(example.startswith(f"fulcrum {command}"), example)
            for used in re.findall(r" --([a-z-]+)", example):
                self.assertIn(used, [name for _, name, _, _ in options], command)
            letters = [letter for letter, _, _, _ in options if letter]
            self.assertEqual(len(letters), len(set(letters)), command)
            for line in text.splitlines():
                self.assertLessEqual(len(line), 110, command)

    def test_examples_work(self):
        shutil.copytree(fulcrum.INPUTS, self.path("inputs"))
        fulcrum.must("run", FIRST, "-n", 50, "-q", "-o", self.path("baseline.h5"))
        for command in ("check", "schema", "trace"):
            example = fulcrum.must(command, "--help").split("Example\n")[1].strip()
            words = example.split(" > ")[0].split()[1:]
            if command == "trace":
                words += ["-n", "1000"]
            self.assertTrue(fulcrum.must(*words, cwd=self.folder), example)


class Mistakes(WithFolder):
    """Misspelled, missing, contradictory."""

    def test_unknown_command(self):
        self.refused(USAGE, "'rnu'; did you mean 'run'", "rnu")
        self.refused(USAGE, "unknown command 'zzzzzz'; see fulcrum --help", "zzzzzz")

    def test_unknown_options_of_every_command(self):
        for command in commands():
            self.refused(USAGE, f"unknown option --bananas.*fulcrum {command} --help", command,
                         "--bananas")
            self.refused(USAGE, "unknown option -Z", command, "-Z")
        self.refused(USAGE, "did you mean --number", "run", FIRST, "--nubmer", 5)
        self.refused(USAGE, "did you mean --output", "run", FIRST, "--ouptut=x.h5")

    def test_unknown_instructions_are_told(self):
        os.environ["FULCRUM_ISA"] = "avx1024"
        self.addCleanup(os.environ.pop, "FULCRUM_ISA")
        self.refused(USAGE, "FULCRUM_ISA=avx1024: generic, v3 or v4", "check", FIRST)

    def test_values_of_options(self):
        for value in ("1.5", "-5", "x", "", "1e30", "1e6x", "nan", "inf", "18446744073709551616"):
            self.refused(USAGE, "--number.*whole number", "run", FIRST, "-n", value)
        self.refused(USAGE, "--number: at least 1", "run", FIRST, "-n", 0)
        self.refused(USAGE, "--seed", "run", FIRST, "--seed", 2 ** 63)
        self.refused(USAGE, "--seed x", "run", FIRST, "--seed", "x")
        self.refused(USAGE, "--number needs a value", "run", FIRST, "-n")
        self.refused(USAGE, "--quiet takes no value", "run", FIRST, "--quiet=yes")
        self.refused(USAGE, "--output: the name of a file", "run", FIRST, "-o", "")
        self.refused(USAGE, "--quantile", "trace", FIRST, "--at", "CENTERS/npv", "--quantile", 1.5)
        self.refused(USAGE, "--quantile", "trace", FIRST, "--at", "CENTERS/npv", "--quantile", "nan")
        self.refused(USAGE, "--quantile abc", "trace", FIRST, "--quantile", "abc")
        for value in ("a", "1,,2", "-1", "1,", "1.0", "99999999999999999999"):
            done = fulcrum.run("trace", FIRST, "--sample", value)
            self.assertEqual(done.returncode, 0 if value == "1," else USAGE, value)

    def test_operands(self):
        self.refused(USAGE, "STUDY.yaml is missing", "run")
        self.refused(USAGE, "one operand too many", "run", FIRST, FIRST)
        self.refused(USAGE, "one operand too many", "schema", "x")
        self.refused(USAGE, "RESULT.h5 is missing", "show")

    def test_names_in_options(self):
        self.refused(USAGE, "--program: no program 'CENTRES'; did you mean 'CENTERS'", "trace", FIRST, "-p", "CENTRES")
        self.refused(USAGE, "no such unit; .* as 2015.19", "trace", FIRST, "-u", "2015.20")
        self.refused(USAGE, "did you mean 'leverage_ratio'", "trace", FIRST, "--at",
                     "CENTERS/leverage_ratoi")
        self.refused(USAGE, "by fiscal year", "trace", FIRST, "--at", "CENTERS/federal")

    def test_a_bad_study_is_told_with_its_place(self):
        path = self.write("bad.yaml", "fulcrum: 1\nhorizon: {base_year: 2025, yaers: 3}\n")
        self.refused(STUDY, r"bad.yaml:2:\d+: horizon.*did you mean 'years'", "check", path)
        self.refused(STUDY, "bad.yaml:2", "run", path, "-o", self.path("x.h5"))
        self.refused(STUDY, "bad.yaml:2", "trace", path)
        self.nothing_left("bad.yaml")

    def test_files_that_are_no_study(self):
        self.refused(INPUT, "No such file", "check", self.path("nothing.yaml"))
        self.refused(INPUT, "folder", "check", self.folder)
        for content in (b"", b"\0\0\0", b"\xff\xfe\x00", b"- a\n- b\n", b"{" * 5000,
                        b"a: &a [*a, *a]\n", os.urandom(3000)):
            path = self.write("odd.yaml", content)
            done = fulcrum.run("check", path)
            self.assertEqual(done.returncode, STUDY, content[:20])
            self.assertIn("odd.yaml", done.stderr)

    def test_set(self):
        self.refused(STUDY, "did you mean 'ratio'", "run", FIRST, "--set",
                     "programs/CENTERS/cost/ratoi=2")
        self.refused(STUDY, "is out of range: must be >= 0", "check", FIRST, "--set",
                     "programs/CENTERS/match/required=-1")
        self.refused(STUDY, "'abc' is not a number", "check", FIRST, "--set",
                     "programs/CENTERS/cost/ratio=abc")
        for wrong in ("nothing", "", "=2", "programs//x=1", "programs/CENTERS/cost/ratio={uniform"):
            done = fulcrum.run("check", FIRST, "--set", wrong)
            self.assertIn(done.returncode, (USAGE, STUDY), wrong)
            self.assertEqual(done.stderr.count("\n"), 1, wrong)


class Check(WithFolder):
    """Validating, and the resolved study."""

    def facts(self, path):
        """The hash that check prints of a study."""
        text = fulcrum.must("check", "-q", path)
        return re.search(r"SHA-256 of the resolved study: ([0-9a-f]{64})", text).group(1)

    def test_resolved_study_is_the_same_study(self):
        studies = glob.glob(os.path.join(fulcrum.STUDIES, "*.yaml"))
        studies += glob.glob(os.path.join(fulcrum.INPUTS, "*.yaml"))
        for study in studies:
            resolved = self.write("resolved.yaml", fulcrum.must("check", study))
            self.assertEqual(self.facts(resolved), self.facts(study), study)
            canonical = fulcrum.must("check", "--canonical", study)
            again = self.write("canonical.yaml", canonical)
            self.assertEqual(fulcrum.must("check", "--canonical", again), canonical, study)
            self.assertEqual(hashlib.sha256(canonical.encode()).hexdigest(), self.facts(study))

    def test_resolved_study_gives_the_same_numbers(self):
        fulcrum.must("run", FEATURES, "-n", 400, "-q", "-o", self.path("one.h5"))
        resolved = self.write("resolved.yaml", fulcrum.must("check", FEATURES))
        fulcrum.must("run", resolved, "-n", 400, "-q", "-o", self.path("two.h5"))
        with h5py.File(self.path("one.h5")) as one, h5py.File(self.path("two.h5")) as two:
            self.assertEqual(set(one), set(two))
            for name in one:
                if name not in ("study", "state") and one[name].dtype.kind in "fi":
                    self.assertEqual(one[name][()].tobytes(), two[name][()].tobytes(), name)
            self.assertEqual(one["study/resolved"][()], two["study/resolved"][()])
        # A study that is its own canonical text gives the same file.
        canonical = self.write("canonical.yaml", fulcrum.must("check", "--canonical", FEATURES))
        for name in ("a.h5", "b.h5"):
            fulcrum.must("run", canonical, "-n", 400, "-q", "-o", self.path(name))
        self.assertEqual(self.read("a.h5"), self.read("b.h5"))

    def test_comments_and_order_of_keys_do_not_change_the_hash(self):
        with open(FIRST, encoding="utf-8") as file:
            text = file.read()
        other = text.replace("horizon: {base_year: 2025, years: 10}",
                             "# a remark\nhorizon:\n  years: 10.0   # ten\n  base_year: 2025")
        self.assertNotEqual(text, other)
        self.assertEqual(self.facts(self.write("other.yaml", other)), self.facts(FIRST))
        third = text.replace("years: 10", "years: 11")
        self.assertNotEqual(self.facts(self.write("third.yaml", third)), self.facts(FIRST))

    def test_set_is_as_if_it_stood_in_the_file(self):
        with open(FIRST, encoding="utf-8") as file:
            text = file.read()
        path = self.write("changed.yaml", text.replace("required: 1.0", "required: 2"))
        changed = fulcrum.must("check", "--canonical", FIRST, "--set",
                               "programs/CENTERS/match/required=2")
        self.assertEqual(changed, fulcrum.must("check", "--canonical", path))
        two = fulcrum.must("check", "--canonical", FIRST, "--set", "horizon/years=3",
                           "--set", "programs/CENTERS/cost/ratio={uniform: {min: 1, max: 2}}")
        self.assertIn("uniform", two)
        self.assertIn("years: 3", two)

    def test_warnings(self):
        path = self.write("late.yaml", "fulcrum: 1\nhorizon: {base_year: 2025, years: 2}\nprograms:\n"
                          "  P: {instrument: grant, budget: {mode: award}, cost: {ratio: 1},\n"
                          "      units: {cohorts: [{start: 2030, count: 1}], award: [1]}}\n")
        self.assertIn("# warning:", fulcrum.must("check", "-q", path))
        self.assertNotIn("# warning:", fulcrum.must("check", "-q", FIRST))
        done = fulcrum.run("run", path, "-n", 5, "-q", "-o", self.path("late.h5"))
        self.assertIn("warning", done.stderr)


class Schema(WithFolder):
    """The JSON Schema and the reference page."""

    def setUp(self):
        super().setUp()
        self.schema = json.loads(fulcrum.must("schema"))

    def test_it_is_a_schema(self):
        self.assertIn("$schema", self.schema)
        self.assertIn("programs", self.schema["properties"])

    def test_it_accepts_every_study_and_no_bad_key(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("python3-jsonschema is not installed")
        import quantities
        validator = jsonschema.validators.validator_for(self.schema)
        validator.check_schema(self.schema)
        validator = validator(self.schema)
        for folder in (fulcrum.STUDIES, fulcrum.INPUTS, os.path.join(fulcrum.INPUTS, "checks")):
            for path in glob.glob(os.path.join(folder, "*.yaml")):
                with open(path, encoding="utf-8") as file:
                    study = quantities.load_study(file.read())
                if "base" in study or "programs" not in study:
                    continue  # an overlay
                errors = [error.message for error in validator.iter_errors(study)]
                self.assertEqual(errors, [], path)
                study["programs"][next(iter(study["programs"]))]["bananas"] = 1
                self.assertFalse(validator.is_valid(study), path)

    def test_reference_page_names_every_key(self):
        page = fulcrum.must("schema", "--markdown")
        for key in ("size_dispersion", "returns_to_scale", "recession_waiver", "in_kind_cap"):
            self.assertIn(key, page)


class Run(WithFolder):
    """What a run prints and leaves."""

    def test_table_progress_and_sidecar(self):
        done = fulcrum.run("run", FIRST, "-n", 1500, "-o", self.path("r.h5"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Twenty regional centers", done.stdout)
        self.assertIn("written to", done.stdout)
        self.assertNotRegex(done.stdout + done.stderr, "[\r\x1b]")
        self.assertRegex(done.stderr, r"100.0 % +1500 of 1500 samples, \d+ a second, 0 s left")
        self.nothing_left("r.h5", "r.h5.json")
        facts = json.loads(self.read("r.h5.json"))
        self.assertEqual((facts["state"], facts["samples"], facts["samples_done"], facts["seed"],
                          facts["ranks"], facts["command"]), ("finished", 1500, 1500, 1, 1, "run"))
        for key in ("study", "study_sha256", "begin", "updated", "seconds", "hosts", "mpi",
                    "vector_instructions", "version"):
            self.assertIn(key, facts)
        self.assertRegex(facts["begin"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        with h5py.File(self.path("r.h5")) as file:
            self.assertEqual(file.attrs["study_sha256"], facts["study_sha256"])
        self.assertEqual(fulcrum.must("show", self.path("r.h5")),
                         done.stdout.split("\nwritten to")[0])

    def test_quiet_is_quiet(self):
        done = fulcrum.run("run", FIRST, "-n", 100, "-q", "-o", self.path("r.h5"))
        self.assertEqual((done.stdout, done.stderr), ("", ""))

    def test_words_of_options_in_every_form(self):
        forms = (["-n", "300", "-o", "a.h5", "-q"], ["-n300", "-oa.h5", "-q"],
                 ["--number=300", "--output=a.h5", "--quiet"],
                 ["--number", "3e2", "--output", "a.h5", "--seed", "1", "-q"])
        contents = []
        for form in forms:
            fulcrum.must("run", *form, FIRST, cwd=self.folder)
            contents.append(self.read("a.h5"))
        self.assertEqual(len(set(contents)), 1)

    def test_a_result_is_replaced_as_a_whole(self):
        path = self.path("r.h5")
        fulcrum.must("run", FIRST, "-n", 100, "-q", "-o", path)
        before = self.read("r.h5")
        reader = open(path, "rb")  # pylint: disable=consider-using-with
        self.addCleanup(reader.close)
        fulcrum.must("run", FIRST, "-n", 200, "-q", "-o", path)
        self.assertEqual(reader.read(), before, "a reader of the old file sees the old file")
        self.assertNotEqual(self.read("r.h5"), before)
        self.nothing_left("r.h5", "r.h5.json")

    def test_outputs_that_cannot_be_written(self):
        self.refused(OUTPUT, "No such file or directory.*folder first", "run", FIRST, "-n", 5, "-q",
                     "-o", self.path("no/folder/r.h5"))
        self.refused(OUTPUT, "folder", "run", FIRST, "-n", 5, "-q", "-o", self.folder)
        self.write("file", "x")
        self.refused(OUTPUT, "is a file, not a folder", "run", FIRST, "-n", 5, "-q", "-o",
                     self.path("file/r.h5"))
        self.refused(OUTPUT, "name", "run", FIRST, "-n", 5, "-q", "-o", self.path("x" * 300))
        self.refused(OUTPUT, "folder", "trace", FIRST, "-o", self.path("no/t.h5"))
        self.refused(OUTPUT, "folder", "trace", FIRST, "--csv", self.path("no/t.csv"))
        self.nothing_left("file")

    def test_folder_that_may_not_be_written(self):
        os.mkdir(self.path("closed"), 0o555)
        os.chmod(self.folder, 0o755)
        as_nobody = ()
        if os.geteuid() == 0:
            as_nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
            if not shutil.which("setpriv") or not os.access(fulcrum.PROGRAM, os.X_OK):
                self.skipTest("root may write everywhere")
        program = shutil.copy(fulcrum.PROGRAM, self.path("fulcrum"))
        study = shutil.copy(FIRST, self.path("study.yaml"))
        os.chmod(study, 0o644)
        self.refused(OUTPUT, "Permission denied; change its permissions", "run", study, "-n", 5,
                     "-q", "-o", self.path("closed/r.h5"), launcher=as_nobody, program=program)
        self.assertEqual(os.listdir(self.path("closed")), [])

    def test_full_disk(self):
        if os.geteuid() != 0:
            self.skipTest("needs a file system of its own, so root")
        disk = self.path("disk")
        os.mkdir(disk)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", disk],
                                 capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest("cannot mount a small file system here")
        try:
            target = os.path.join(disk, "r.h5")
            self.refused(OUTPUT, "No space left on device; free some space", "run", FEATURES, "-n",
                         50, "-q", "-o", target)
            self.assertFalse(os.path.exists(target))
            left = [name for name in os.listdir(disk) if not name.endswith(".json")]
            self.assertEqual(left, [])
            self.refused(OUTPUT, "No space left", "trace", FEATURES, "--sample",
                         ",".join(map(str, range(40))), "-o", os.path.join(disk, "t.h5"))
        finally:
            subprocess.run(["umount", disk], check=True)

    def test_output_that_is_lost_is_an_error(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full here")
        fulcrum.must("run", FIRST, "-n", 5, "-q", "-o", self.path("r.h5"))
        for arguments in (["check", FIRST], ["schema"], ["show", self.path("r.h5")],
                          ["trace", FIRST]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([fulcrum.PROGRAM, *arguments], stdout=full, text=True,
                                      stderr=subprocess.PIPE, check=False)
            self.assertEqual(done.returncode, OUTPUT, arguments)
            self.assertIn("No space left", done.stderr)


class Show(WithFolder):
    """Results in the terminal, and files that are none."""

    @classmethod
    def setUpClass(cls):
        folder = fulcrum.folder()
        cls.addClassCleanup(folder.cleanup)
        cls.result = os.path.join(folder.name, "result.h5")
        fulcrum.must("run", FEATURES, "-n", 500, "-q", "-o", cls.result)

    def test_overview(self):
        text = fulcrum.must("show", self.result)
        for words in ("FY2025-2032, 500 samples, seed 1", "leverage", "benefit/cost", "Portfolio"):
            self.assertIn(words, text)

    def test_list_names_what_output_takes(self):
        text = fulcrum.must("show", "--list", self.result)
        names = re.findall(r"^  ([a-z_]+) +\S.* \[", text, re.M)
        self.assertGreater(len(names), 40)
        members = {"match_by_source": "/state", "outcome_gross": "/jobs", "outcome_net": "/jobs"}
        for name in names:
            shown = fulcrum.must("show", self.result, "--output", f"A/{name}{members.get(name, '')}")
            self.assertIn("mean", shown, name)

    def test_numbers_are_those_of_the_file(self):
        with h5py.File(self.result) as file:
            shown = fulcrum.must("show", self.result, "--output", "A/federal")
            rows = [line.split() for line in shown.splitlines()[2:]]
            self.assertEqual([row[0] for row in rows], [str(2025 + t) for t in range(8)])
            for t, row in enumerate(rows):
                for column, name in ((1, "mean"), (3, "sd"), (4, "minimum"), (10, "maximum")):
                    value = file[f"federal_{name}"][0, t]
                    self.assertAlmostEqual(float(row[column]), value, delta=0.006 * abs(value) + 1e-3)
            one = fulcrum.must("show", self.result, "--output", "A/federal/2027")
            self.assertEqual(one.splitlines()[2], shown.splitlines()[4])

    def test_names_that_are_none(self):
        for name, pattern in (("A", "write PROGRAM/OUTPUT"), ("C/npv", "no program 'C'"),
                              ("A/nvp", "did you mean 'npv'"), ("A/npv/2027", "over the horizon"),
                              ("A/federal/2050", "2025 to 2032"), ("A/federal/x", "2025 to 2032"),
                              ("A/outcome_gross", "outcome is missing"),
                              ("A/outcome_gross/job", "did you mean 'jobs'"),
                              ("A/outcome_gross/jobs/2050", "2025 to 2032"), ("", "PROGRAM/OUTPUT"),
                              ("A/" + "x" * 500, "PROGRAM/OUTPUT")):
            self.refused(USAGE, pattern, "show", self.result, "--output", name)

    def test_damaged_files(self):
        with open(self.result, "rb") as file:
            content = file.read()
        size = len(content) - 81  # without the seal, the last line
        for length in (0, 1, 8, 100, 2048, size // 2, size - 1):
            self.refused(STUDY, "damaged|not a result", "show",
                         self.write("cut.h5", content[:length]))
        for place in [8, 20, 48, 96, 300] + list(range(1000, size, size // 23)) + [size - 3, size + 30]:
            changed = bytearray(content)
            changed[place] ^= 0x41
            done = fulcrum.run("show", self.write("changed.h5", bytes(changed)))
            self.assertEqual(done.returncode, STUDY, f"byte {place}: {done.stderr}")
            self.assertEqual(done.stderr.count("\n"), 1)
        shown = fulcrum.must("show", self.result)
        self.assertNotIn("changed", shown)
        for changed in (content[:-1], content[:size + 1], content + b"more", content[:size] + b"more",
                        content[:size + 5] + b"x" + content[size + 6:]):  # only the seal
            self.refused(STUDY, "damaged", "show", self.write("changed.h5", changed))
        text = fulcrum.must("show", self.write("edited.h5", content[:size]))  # as editors leave it
        self.assertEqual(text, shown + "Note: the file was changed after it was written.\n")

    def test_files_of_others(self):
        self.refused(STUDY, "not a result", "show", FIRST)
        self.refused(STUDY, "not a result", "show", self.write("empty", b""))
        self.refused(INPUT, "No such file", "show", self.path("nothing.h5"))
        self.refused(INPUT, "folder", "show", self.folder)
        with h5py.File(self.path("foreign.h5"), "w") as file:
            file["x"] = numpy.arange(5)
        self.refused(STUDY, "foreign.h5", "show", self.path("foreign.h5"))
        trace = fulcrum.trace(FIRST, [0], self.path("trace.h5"))
        self.refused(STUDY, "not a result of fulcrum run", "show", trace)

    def test_a_run_does_not_read_what_it_replaces(self):
        path = self.write("r.h5", b"something else")
        fulcrum.must("run", FIRST, "-n", 5, "-q", "-o", path)
        self.assertIn("5 samples", fulcrum.must("show", path))


class Trace(WithFolder):
    """Ledgers on the terminal, as CSV, and of a sample found by its quantile."""

    def test_ledger_is_the_trace_file(self):
        path = fulcrum.trace(FEATURES, [7], self.path("t.h5"))
        text = fulcrum.must("trace", FEATURES, "--sample", 7, "--csv", "-", "-p", "A")
        rows = list(csv.reader(io.StringIO(text)))
        self.assertEqual(rows[0], ["entry", "unit"] + [str(2025 + t) for t in range(8)])
        with h5py.File(path) as file:
            for row in rows[1:]:
                values = [float(cell or "nan") for cell in row[2:]]
                numpy.testing.assert_array_equal(values, file[f"programs/A/{row[0]}"][0], row[0])
            text = fulcrum.must("trace", FEATURES, "--sample", 7, "--csv", "-", "-p", "A", "-u",
                                "2010.2")
            rows = list(csv.reader(io.StringIO(text)))
            self.assertEqual(len(rows), 1 + 22)
            for row in rows[1:]:
                values = [float(cell or "nan") for cell in row[2:]]
                numpy.testing.assert_array_equal(values, file[f"programs/A/units/{row[0]}"][0, 2])

    def test_ledger_on_the_terminal(self):
        text = fulcrum.must("trace", FEATURES, "--sample", "7,3", "-p", "B")
        self.assertIn("sample 7, seed 1, B\n", text)
        self.assertIn("sample 3, seed 1, B\n", text)
        for words in ("USD million", "federal", "over the horizon", "leverage_ratio"):
            self.assertIn(words, text)
        unit = fulcrum.must("trace", FEATURES, "-p", "B", "-u", "2026.1")
        for words in ("unit 2026.1", "cash_need", "self_sustaining"):
            self.assertIn(words, unit)

    def test_csv_file_and_trace_file_together(self):
        done = fulcrum.run("trace", FEATURES, "--csv", self.path("t.csv"), "-o", self.path("t.h5"))
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.nothing_left("t.csv", "t.h5")
        self.assertTrue(self.read("t.csv").startswith(b"entry,unit,2025"))

    def test_sample_at_a_quantile_has_that_value(self):
        fulcrum.must("run", FEATURES, "-n", 800, "-q", "-o", self.path("r.h5"))
        with fulcrum.Result(self.path("r.h5")) as result:
            p = result.file["quantile"][()]
            for output in ("A/leverage_ratio", "portfolio/npv", "B/outcome_gross/jobs/2030",
                           "A/federal/2032", "A/payback_year"):
                for q in (0.05, 0.5, 0.99):
                    text = fulcrum.must("trace", FEATURES, "--at", output, "--quantile", q, "-n",
                                        800)
                    number = int(re.match(r"sample (\d+), seed 1", text).group(1))
                    self.assertLess(number, 800)
                    place = int(numpy.argmin(numpy.abs(p - q)))
                    value = result.get(output, "quantile")[place]
                    bound = result.get(output, "quantile_bound")[place]
                    traced = self.value_of(output, number)
                    if math.isinf(value):
                        self.assertEqual(traced, value, output)
                    else:
                        self.assertLessEqual(abs(traced - value), bound + 1e-12 * abs(value), output)

    def value_of(self, output, number):
        """The output of a sample, from its trace."""
        program, metric, *rest = output.split("/")
        with h5py.File(fulcrum.trace(FEATURES, [number], self.path("t.h5"))) as file:
            if f"outputs/{metric}" in file:
                return file[f"outputs/{metric}"][0, ["A", "B", "portfolio"].index(program)]
            series = file[f"programs/{program}/{metric}"][0]
            if len(rest) > 1:
                series = series[fulcrum.texts(file[f"programs/{program}/outcome"]).index(rest[0])]
            return series[int(rest[-1]) - 2025]

    def test_extreme_quantiles_are_the_extreme_samples(self):
        fulcrum.must("run", FEATURES, "-n", 700, "-q", "-o", self.path("r.h5"), "--seed", 3)
        with fulcrum.Result(self.path("r.h5")) as result:
            for q, end in ((0, "minimum"), (1, "maximum")):
                text = fulcrum.must("trace", FEATURES, "--at", "A/npv", "--quantile", q, "-n", 700,
                                    "--seed", 3)
                number = int(re.match(r"sample (\d+),", text).group(1))
                self.assertEqual(number, result.get("A/npv", f"{end}_sample"))


if __name__ == "__main__":
    unittest.main()
