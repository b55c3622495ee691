#!/usr/bin/env python3
"""The scripts of jobs/: in order, alike where they say so, and under PBS Pro, LSF and Flux.

These three are not to be had here: tests/jobs/batch.py checks the directives and starts the scripts as
they would. Under Slurm, the real one: tests/jobs/test_slurm.sh.
"""

import filecmp
import glob
import os
import re
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "run"))
sys.path.insert(0, HERE)

import batch  # noqa: E402
import fulcrum  # noqa: E402
import jobs  # noqa: E402

JOBS = os.path.join(fulcrum.ROOT, "jobs")
SCRIPTS = sorted(glob.glob(os.path.join(JOBS, "*.sh")))
SYSTEMS = {"pbs": ("qsub", "jobs/pbs.sh"), "lsf": ("bsub",), "flux": ("flux", "batch", "jobs/flux.sh")}
STOPPED = 75
# A program whose first run is far from its end, whatever the machine, and slow, for the sake of the run
# to compare with; and which then ends a little behind where it was stopped.
FAR = """#!/bin/bash
out=$(sed 's/.* -o \\([^ ]*\\).*/\\1/' <<<"$*")
samples=1e10
if [[ ! -e $out.checkpoint ]]; then
    export FULCRUM_ISA=generic
else
    samples=$(($(grep -am1 -oP '^end \\K\\d+' "$out.checkpoint") * 192 + 1037))
    echo $samples >"$out.samples"
fi
exec PROGRAM "$@" -n $samples
"""


def text_of(path):
    """A file's text."""
    with open(path, encoding="utf-8") as file:
        return file.read()


def system_of(path):
    """slurm of slurm_node.sh"""
    return re.match(r"[a-z]+", os.path.basename(path))[0]


class Texts(unittest.TestCase):
    """What can be seen without running them."""

    def test_every_script_parses_and_says_how_to_submit_it(self):
        self.assertGreaterEqual(len(SCRIPTS), 10)
        commands = {"slurm": "sbatch", "pbs": "qsub", "lsf": "bsub", "flux": "flux batch"}
        for path in SCRIPTS:
            with self.subTest(os.path.basename(path)):
                subprocess.run(["bash", "-n", path], check=True)
                self.assertTrue(os.access(path, os.X_OK))
                self.assertIn(commands[system_of(path)], text_of(path))

    @unittest.skipUnless(shutil.which("shellcheck"), "no shellcheck here")
    def test_shellcheck_has_nothing_to_say(self):
        others = glob.glob(os.path.join(HERE, "*.sh"))
        done = subprocess.run(["shellcheck", *SCRIPTS, *others], stdout=subprocess.PIPE, encoding="utf-8", check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_what_is_the_same_in_all_scripts_is_the_same(self):
        parts = {}
        for path in SCRIPTS:
            found = re.findall(r"^# ---- (the same in all scripts[^:,]*)[:,].*?\n\n", text_of(path) + "\n", re.S | re.M)
            self.assertIn("the same in all scripts", found, path)
            for whole, name in re.findall(r"^(# ---- (the same in all scripts[^:,]*)[:,].*?)\n\n", text_of(path) + "\n",
                                          re.S | re.M):
                parts.setdefault(name, set()).add(whole)
        self.assertEqual(len(parts), 2)
        self.assertEqual({name: len(texts) for name, texts in parts.items()}, dict.fromkeys(parts, 1))

    def test_directives_are_options_of_their_systems(self):
        for path in SCRIPTS:
            with self.subTest(os.path.basename(path)):
                self.assertGreater(batch.read(system_of(path), text_of(path))["ranks"], 0)

    def test_wrong_directives_are_found(self):
        wrong = {"pbs": (("-l walltime=00:30:00", "-l walltime=30m"), ("mpiprocs=4", "mpiprocs=8"), ("#PBS -j oe", "#PBS -j both"),
                         ("#PBS -V", "#PBS -Y"), ("ncpus=4", "cpus=4"), ("STUDY=", "echo\n#PBS -r y\nSTUDY=")),
                 "lsf": (("#BSUB -wa USR1", "#BSUB -wa SIGUSR1"), ("#BSUB -W 0:30", "#BSUB -W 30m"), ("#BSUB -wt 2", "#BSUB -wt 40"),
                         ("span[ptile=4]", "span[tile=4]"), ("#BSUB -wt 2\n", ""), ("#BSUB -r", "#BSUB -requeue")),
                 "flux": (("--nslots=8", "--ntasks=8"), ("--time-limit=30m", "--time-limit=0:30"), ("--nodes=2", "--nodes 2")),
                 "slurm": (("--ntasks=4", "--tasks=4"), ("--time=00:30:00", "--time=30m"), ("USR1@60", "USR1@1m"))}
        for system, faults in wrong.items():
            path = os.path.join(JOBS, "slurm_node.sh" if system == "slurm" else f"{system}.sh")
            for right, fault in faults:
                with self.subTest(system=system, fault=fault):
                    self.assertIn(right, text_of(path))
                    with self.assertRaises(batch.Refused):
                        batch.read(system, text_of(path).replace(right, fault, 1))


class Runs(unittest.TestCase):
    """On the systems as batch.py has them."""

    def setUp(self):
        place = fulcrum.folder()
        self.addCleanup(place.cleanup)
        self.folder = place.name
        self.tree = os.path.join(self.folder, "tree")  # where users submit: make was run there
        os.makedirs(os.path.join(self.tree, "build", "current"))
        os.symlink(fulcrum.INPUTS, os.path.join(self.tree, "inputs"))
        os.symlink(JOBS, os.path.join(self.tree, "jobs"))
        os.symlink(os.path.realpath(fulcrum.PROGRAM), os.path.join(self.tree, "build", "current", "fulcrum"))
        self.variables = {**jobs.ENVIRONMENT, **batch.install(self.folder), "BATCH_MPIRUN": jobs.MPIRUN,
                          "STUDY": "inputs/first_study.yaml", "OUTPUT": "out.h5"}

    def submit(self, system, **variables):
        """As a user does, from the tree."""
        with open(os.path.join(JOBS, "lsf.sh"), encoding="utf-8") as script:
            subprocess.run(SYSTEMS[system], cwd=self.tree, stdin=script if system == "lsf" else subprocess.DEVNULL,
                           env=fulcrum.environment(**{**self.variables, **variables}), check=True,
                           stdout=subprocess.DEVNULL)

    def said(self):
        """All output of jobs."""
        return text_of(os.path.join(self.folder, "said"))

    def same_as_direct(self, samples):
        """The job's result is that of a direct run, and nothing of it is left to do."""
        direct = os.path.join(self.folder, "direct.h5")
        fulcrum.must("run", jobs.STUDY, "-n", samples, "-q", "-o", direct, launcher=[jobs.MPIRUN, "-n", "2"],
                     **jobs.ENVIRONMENT)
        self.assertTrue(filecmp.cmp(os.path.join(self.tree, "out.h5"), direct, shallow=False))
        self.assertFalse(os.path.exists(os.path.join(self.tree, "out.h5.checkpoint")))

    def test_script_gives_the_result_of_a_direct_run(self):
        launch = {} if "mpich" not in jobs.MPIRUN else {"LAUNCH": jobs.MPIRUN + " -n 8"}
        for system in SYSTEMS:
            with self.subTest(system):
                self.submit(system, SAMPLES="20037", **launch)
                self.assertEqual(batch.run_all(self.folder), [0], self.said())
                self.assertIn('"ranks": 8', text_of(os.path.join(self.tree, "out.h5.json")))
                self.same_as_direct(20037)
                os.remove(os.path.join(self.tree, "out.h5"))

    @unittest.skipIf("mpich" in jobs.MPIRUN, "its mpirun does not pass on the exit code of a stopped run")
    def test_job_at_its_limit_saves_and_goes_on_in_the_next(self):
        far = os.path.join(self.folder, "far")
        with open(far, "w", encoding="utf-8") as file:
            file.write(FAR.replace("PROGRAM", fulcrum.PROGRAM))
        os.chmod(far, 0o755)
        for system in SYSTEMS:
            with self.subTest(system):
                launch = {} if system == "flux" else {"LAUNCH": jobs.MPIRUN + " -n 2"}
                begun = os.path.join(self.tree, "out.h5.json")
                if os.path.exists(begun):
                    os.remove(begun)
                self.submit(system, FULCRUM=far, STOP_AFTER="4s", BATCH_BEGUN=begun, **launch)
                self.assertEqual(batch.run_all(self.folder), [STOPPED, 0], self.said())
                self.assertIn("stopped by SIGUSR1", self.said())
                self.same_as_direct(text_of(os.path.join(self.tree, "out.h5.samples")).strip())
                os.remove(os.path.join(self.tree, "out.h5"))

    def test_modules_are_loaded_where_the_site_has_them(self):
        there = {"MODULES": "some openmpi", "BASH_FUNC_module%%": '() { echo "module $*"; }', "SAMPLES": "100"}
        self.submit("lsf", **there)
        self.assertEqual(batch.run_all(self.folder), [0], self.said())
        self.assertIn("module load some openmpi", self.said())
        self.submit("lsf", MODULES="some", SAMPLES="100")
        codes = batch.run_all(self.folder)
        self.assertTrue(shutil.which("modulecmd") or codes == [0], self.said())

    def test_without_the_program_a_job_says_what_to_do(self):
        os.remove(os.path.join(self.tree, "build", "current", "fulcrum"))
        for variables in ({}, {"FULCRUM": "/nowhere/fulcrum"}):
            self.submit("pbs", **variables)
            self.assertEqual(batch.run_all(self.folder), [1])
        self.assertIn("no program fulcrum: run make here", self.said())
        self.assertIn("no program /nowhere/fulcrum", self.said())

    def test_bad_study_ends_the_job_with_its_exit_code_and_no_other_job(self):
        for system in SYSTEMS:
            with self.subTest(system):
                self.submit(system, STUDY="inputs/no_study.yaml")
                self.assertEqual(batch.run_all(self.folder), [66], self.said())


if __name__ == "__main__":
    unittest.main()
