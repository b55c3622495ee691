"""run --until: where it ends depends on study, seed and targets alone, and the file is that of a plain
run of so many samples with one group more."""
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest

import h5py
import numpy

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fulcrum  # noqa: E402

STUDY = os.path.join(fulcrum.INPUTS, "first_study.yaml")
MEAN = ("--until", "CENTERS/leverage_ratio mean 0.3%")
THREE = (*MEAN, "--until", "CENTERS/leverage_ratio quantile 0.05 0.5%", "--until",
         "CENTERS/leverage_ratio probability >= 1.2 0.015")


def launcher(ranks):
    """Words that start a program on so many ranks."""
    linked = subprocess.run(["ldd", fulcrum.PROGRAM], stdout=subprocess.PIPE, check=True, encoding="utf-8").stdout
    flavor = "mpich" if "mpich" in linked else "openmpi"
    path = shutil.which(f"mpirun.{flavor}") or shutil.which("mpirun")
    return (path, "-n", str(ranks)) if ranks > 1 else ()


def read(path):
    """All bytes of a file."""
    with open(path, "rb") as file:
        return file.read()


class Until(unittest.TestCase):
    """Each test works in a folder of its own."""

    def setUp(self):
        place = fulcrum.folder()
        self.addCleanup(place.cleanup)
        self.folder = place.name

    def path(self, name):
        """A file of this test."""
        return os.path.join(self.folder, name)

    def run_until(self, name, *arguments, study=STUDY, **settings):
        """Runs the study into a file of this name; gives its path."""
        fulcrum.must("run", study, "-q", "-o", self.path(name), *arguments, **settings)
        return self.path(name)

    def group(self, path):
        """{name: values} of the group, and the number of samples."""
        with h5py.File(path) as file:
            columns = {name: file["until"][name][()] for name in file["until"]}
            columns["looks"] = int(file["until"].attrs["looks"])
            return columns, int(file.attrs["samples"])


class Same(Until):
    """The stopping point and the bytes."""

    def test_ranks_and_instructions_change_no_byte(self):
        expected = read(self.run_until("alone.h5", *THREE))
        columns, samples = self.group(self.path("alone.h5"))
        self.assertEqual(0, samples % (4 * 192))
        self.assertTrue(24 * 192 < samples < 10 ** 6 and columns["satisfied"].all(), samples)
        for ranks in (2, 3):
            path = self.run_until("ranks.h5", *THREE, launcher=launcher(ranks))
            self.assertEqual(expected, read(path), ranks)
        for isa in ("generic", "v3", "v4"):
            self.assertEqual(expected, read(self.run_until("isa.h5", *THREE, FULCRUM_ISA=isa)), isa)

    def test_windows_checkpoints_and_kept_samples_change_nothing(self):
        expected = read(self.run_until("plain.h5", *THREE))
        for every in ("192", "1000", "0"):
            path = self.run_until("saved.h5", *THREE, "--checkpoint", every)
            self.assertEqual(expected, read(path), every)
        kept = ("--samples", "--keep", "*/leverage_ratio")
        for ranks in (1, 2):
            path = self.run_until("kept.h5", *THREE, *kept, launcher=launcher(ranks))
            self.assertEqual(expected, read(path))
            samples = self.group(path)[1]
            with h5py.File(self.path("kept.samples.h5")) as file:
                self.assertEqual(samples, file.attrs["samples"])

    def test_killed_and_resumed_runs_end_at_the_same_sample(self):
        expected = read(self.run_until("whole.h5", *THREE))
        output, kills = self.path("killed.h5"), 0
        command = [fulcrum.PROGRAM, "run", STUDY, "-q", "-o", output, *THREE, "--checkpoint", "768", "--resume"]
        for number, patience in enumerate((0.05, 0.09, 0.13, 0.17, 0.21, 0.25, 0.3)):
            with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
                time.sleep(patience)
                if process.poll() is None:
                    process.send_signal(signal.SIGKILL if number % 2 else signal.SIGTERM)
                    kills += 1
        self.assertGreater(kills, 0)
        subprocess.run(launcher(2) + tuple(command), check=True)
        self.assertEqual(expected, read(output))
        self.assertFalse(os.path.exists(output + ".checkpoint"))

    def test_file_is_that_of_a_plain_run_and_one_group_more(self):
        until = self.run_until("until.h5", *THREE)
        columns, samples = self.group(until)
        plain = self.run_until("plain.h5", "-n", samples)
        with h5py.File(until) as a, h5py.File(plain) as b:
            self.assertEqual(set(a) - set(b), {"until"})
            self.assertEqual(dict(a.attrs)["seed"], dict(b.attrs)["seed"])
            for name in b:
                if isinstance(b[name], h5py.Dataset):
                    self.assertTrue(numpy.array_equal(a[name][()], b[name][()], equal_nan=b[name].dtype.kind == "f"), name)
            self.assertEqual(a["state/bytes"][()].tobytes(), b["state/bytes"][()].tobytes())
            mean = b["leverage_ratio_mean"][0]
            p = list(b["quantile"][()]).index(0.05)
            self.assertEqual(mean, columns["estimate"][0])
            self.assertEqual(b["leverage_ratio_quantile"][0, p], columns["estimate"][1])
            sd, alpha = b["leverage_ratio_sd"][0], 0.05 / 3
        rho2 = (-2 * math.log(alpha) + math.log(1 - 2 * math.log(alpha))) / 32768  # as in sequences.h
        half = sd * math.sqrt(2 * (samples * rho2 + 1) / (samples ** 2 * rho2)
                              * math.log(math.sqrt(samples * rho2 + 1) / alpha))
        self.assertAlmostEqual(mean - half, columns["low"][0], delta=1e-12)
        self.assertAlmostEqual(mean + half, columns["high"][0], delta=1e-12)
        self.assertAlmostEqual(half / mean, columns["reached"][0], delta=1e-12)
        self.assertTrue((columns["reached"] <= columns["wanted"]).all())
        self.assertTrue((columns["low"] < columns["estimate"]).all() and (columns["estimate"] < columns["high"]).all())
        self.assertEqual(columns["met"][2] / columns["values"][2], columns["estimate"][2])
        self.assertIn("Equal: all", fulcrum.must("diff", until, plain))
        fulcrum.must("verify", until, "-q")

    def test_extending_a_stopped_run_is_the_longer_plain_run(self):
        path = self.run_until("r.h5", *MEAN)
        fulcrum.must("run", STUDY, "-q", "-n", 60000, "--extend", "-o", path)
        self.assertEqual(read(self.run_until("plain.h5", "-n", 60000)), read(path))

    def test_the_look_before_did_not_satisfy(self):
        columns, samples = self.group(self.run_until("r.h5", *MEAN))
        blocks, look = 24, 1
        while blocks * 192 < samples:
            before = blocks * 192
            blocks, look = blocks + (blocks // 32 + 1) * 4, look + 1
        self.assertEqual((samples, look), (blocks * 192, columns["looks"]))
        earlier, most = self.group(self.run_until("before.h5", *MEAN, "-n", before))
        self.assertEqual(before, most)
        self.assertFalse(earlier["satisfied"].any())
        self.assertGreater(earlier["reached"][0], 0.003)


class Ends(Until):
    """What is told, and what is refused."""

    def test_not_reached_is_told_and_no_failure(self):
        output = self.path("r.h5")
        done = fulcrum.run("run", STUDY, "-o", output, "-n", 5001, *MEAN)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("0 of 1 targets reached", done.stdout)
        self.assertIn("NOT REACHED", done.stdout)
        self.assertIn("5001 of 5001 samples" if "5001 of" in done.stderr else "5001 samples", done.stderr)
        columns, samples = self.group(output)
        self.assertEqual((5001, 2), (samples, columns["looks"]))
        with open(output + ".json", encoding="utf-8") as file:
            sidecar = json.load(file)
        self.assertEqual(("finished", 5001), (sidecar["state"], sidecar["samples_done"]))
        self.assertFalse(sidecar["until"]["targets"][0]["satisfied"])
        self.assertGreater(sidecar["until"]["samples_needed"], 5001)
        self.assertIn("NOT REACHED", fulcrum.must("show", output))
        fulcrum.must("verify", output, "-q")

    def test_progress_names_the_worst_target(self):
        done = fulcrum.run("run", STUDY, "-o", self.path("r.h5"), *THREE)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertRegex(done.stderr, r"CENTERS/leverage_ratio mean \+- 0\.\d+ % \(0\.3 % wanted\)")
        self.assertIn("3 of 3 targets reached", done.stdout)

    def test_zero_undefined_and_infinite_estimates_go_on_to_the_end_and_say_so(self):
        free = ("--set", "programs/CENTERS/match/required=0", "--set", "programs/CENTERS/budget/plan={2025: 40}")
        targets = ("CENTERS/written_off/2030 mean 5%", "CENTERS/written_off/2030 mean 0.1",
                   "CENTERS/payback_year quantile 0.5 1", "CENTERS/leverage_ratio quantile 0.5 0.00001",
                   "CENTERS/leverage_ratio probability >= 1000 0.01", "CENTERS/leverage_ratio probability >= 1000 50%")
        words = [word for target in targets for word in ("--until", target)]
        path = self.run_until("r.h5", "-n", "20000", *free, *words)
        columns, samples = self.group(path)
        remarks = fulcrum.texts(h5py.File(path)["until/remark"])
        self.assertEqual(20000, samples)
        told = dict(zip(targets, zip(columns["satisfied"], remarks, columns["estimate"])))
        self.assertEqual((0, "finer than the sketch can tell"), told[targets[3]][:2])
        self.assertEqual((1, "", 0.0), told[targets[4]])
        self.assertEqual((0, "0 has no relative precision", 0.0), told[targets[5]])
        self.assertEqual(numpy.inf, told[targets[2]][2])
        self.assertEqual((0, "the interval reaches infinite answers"), told[targets[2]][:2])
        if told[targets[0]][2] == 0:
            self.assertEqual((0, "0 has no relative precision"), told[targets[0]][:2])

    def test_checkpoints_of_another_question_are_refused(self):
        output = self.path("r.h5")
        process = subprocess.Popen([fulcrum.PROGRAM, "run", STUDY, "-q", "-o", output, "-n", "1e8", "--until",
                                    "CENTERS/leverage_ratio mean 0.0001%", "--checkpoint", "1000"],
                                   stderr=subprocess.DEVNULL)
        for _ in range(200):
            if os.path.exists(output + ".checkpoint"):
                break
            time.sleep(0.02)
        process.terminate()
        self.assertEqual(75, process.wait())
        for arguments, word in (((), "''"), (MEAN, "0.3%")):
            done = fulcrum.run("run", STUDY, "-q", "-o", output, "-n", "1e8", "--resume", *arguments)
            self.assertEqual(65, done.returncode)
            for part in ("of another question", "0.0001%", word):
                self.assertIn(part, done.stderr)

    def test_finished_answers_are_left_alone(self):
        path = self.run_until("r.h5", *MEAN)
        done = fulcrum.run("run", STUDY, "-o", path, "--resume", *MEAN)
        self.assertIn("nothing to do", done.stdout)
        self.assertEqual(0, done.returncode)
        finer = ("--until", "CENTERS/leverage_ratio mean 0.2%")
        fulcrum.must("run", STUDY, "-q", "-o", path, "--resume", *finer)
        self.assertEqual(read(self.run_until("new.h5", *finer)), read(path))

    def test_mistakes_are_one_error_with_a_remedy(self):
        for text, code, *words in (
                ("CENTERS/leverage_ration mean 1%", 65, "leverage_ratio"),
                ("CENTRES/leverage_ratio mean 1%", 65, "CENTERS"),
                ("CENTERS/federal mean 1%", 65, "fiscal year"),
                ("CENTERS/leverage_ratio", 2, "OUTPUT mean PRECISION"),
                ("", 2, "OUTPUT mean PRECISION"),
                ("CENTERS/leverage_ratio median 1%", 2, "no statistic 'median'"),
                ("CENTERS/leverage_ratio mean", 2, "mean PRECISION"),
                ("CENTERS/leverage_ratio mean 1% 2", 2, "mean PRECISION"),
                ("CENTERS/leverage_ratio mean 0", 2, "above 0"),
                ("CENTERS/leverage_ratio mean -1%", 2, "above 0"),
                ("CENTERS/leverage_ratio mean %", 2, "is not a number"),
                ("CENTERS/leverage_ratio mean nan", 2, "not a finite number"),
                ("CENTERS/leverage_ratio quantile 1 1%", 2, "between 0 and 1"),
                ("CENTERS/leverage_ratio quantile 0.5", 2, "quantile P PRECISION"),
                ("CENTERS/leverage_ratio probability > 2 1%", 2, ">= or <="),
                ("CENTERS/leverage_ratio probability >= x 1%", 2, "'x' is not a number")):
            done = fulcrum.run("run", STUDY, "-q", "-o", self.path("bad.h5"), "--until", text)
            self.assertEqual(code, done.returncode, (text, done.stderr))
            self.assertEqual(1, done.stderr.count("fulcrum run: "), done.stderr)
            for word in ("--until", f"'{text}'", *words):
                self.assertIn(word, done.stderr)
            self.assertFalse(os.path.exists(self.path("bad.h5")))
        for words in (("--extend",), ("--shard", "1/2"), ("--design", "sobol")):
            done = fulcrum.run("run", STUDY, "-q", "-o", self.path("bad.h5"), *MEAN, *words)
            self.assertEqual(2, done.returncode)
            self.assertIn(words[0], done.stderr)


if __name__ == "__main__":
    unittest.main()
