#!/usr/bin/env python3
"""The scaling study: its script on small runs, the arithmetic of its model, and what ranks send each other."""

import csv
import io
import math
import os
import re
import subprocess
import sys
import unittest
from contextlib import redirect_stdout

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "run"))
sys.path.insert(0, HERE)

import fulcrum  # noqa: E402
import jobs  # noqa: E402
import scaling  # noqa: E402

SCRIPT = os.path.join(fulcrum.ROOT, "jobs", "slurm_scaling.sh")
PHASES = ("start", "prepare", "blocks", "keep", "merge", "checkpoint", "write")


def study(folder, **settings):
    """Runs the script; gives the runs of its table."""
    variables = {"FULCRUM": fulcrum.PROGRAM, "LAUNCH": jobs.MPIRUN, "STUDY": jobs.STUDY, "FOLDER": folder, **settings}
    done = subprocess.run([SCRIPT], env=fulcrum.environment(**jobs.ENVIRONMENT, **variables), timeout=100, encoding="utf-8",
                          cwd=fulcrum.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, done.stdout
    with open(os.path.join(folder, "scaling.csv"), encoding="utf-8", newline="") as file:
        return [{name: text if name == "kind" else float(text) for name, text in row.items()} for row in csv.DictReader(file)]


class Harness(unittest.TestCase):
    """jobs/slurm_scaling.sh on this machine."""

    def setUp(self):
        place = fulcrum.folder()
        self.addCleanup(place.cleanup)
        self.folder = place.name

    def test_table_has_a_run_of_each_kind_at_each_number_of_ranks(self):
        runs = study(self.folder, STRONG="4000", WEAK="1e3", RANKS="1 2 3", ROUNDS="2")
        self.assertEqual(sorted((run["kind"], run["ranks"], run["samples"]) for run in runs),
                         sorted(2 * [(kind, ranks, 4000 if kind == "strong" else 1000 * ranks)
                                     for kind in ("strong", "weak") for ranks in (1, 2, 3)]))
        for run in runs:
            inside = sum(run[f"{phase}_{time}"] for phase in PHASES for time in ("work", "wait"))
            self.assertTrue(0.2 * run["wall"] < inside < run["wall"], run)
            self.assertEqual(round(run["blocks"] * run["ranks"]), run["samples"] // 192)
            self.assertEqual(run["hosts"], 1)
            self.assertGreater(run["write_work_most"], run["write_work"] * (1 if run["ranks"] > 1 else 0.99))
        with open(os.path.join(self.folder, "scaling.md"), encoding="utf-8") as file:
            rows = [line.split("|") for line in file if re.match(r"\| (strong|weak)", line)]
        self.assertEqual([row[2].strip() for row in rows], ["1", "2", "3"] * 2)
        walls = {ranks: sorted(run["wall"] for run in runs if (run["kind"], run["ranks"]) == ("strong", ranks)) for ranks in (1, 2)}
        median = {ranks: sum(two) / 2 for ranks, two in walls.items()}
        self.assertEqual(rows[0][6].strip(), "100 %")
        self.assertAlmostEqual(float(rows[1][6].strip(" %")), 100 * median[1] / median[2] / 2, delta=0.51)
        self.assertAlmostEqual(float(rows[1][5]), median[2], delta=0.0051)

    def test_run_that_fails_ends_the_study(self):
        with self.assertRaises(AssertionError):
            study(self.folder, STRONG="1000", WEAK="0", RANKS="1", STUDY="inputs/no_study.yaml")

    def test_messages_of_a_rank_grow_like_the_logarithm_and_collectives_not_at_all(self):
        runs = study(self.folder, STRONG="6144", WEAK="0", RANKS="8 16 32", ROUNDS="1", FULCRUM_PATIENCE="60")
        for run in runs:
            doublings = math.log2(run["ranks"])
            for way in ("sent", "received"):  # the hosts, then merging
                self.assertLessEqual(run[f"messages_{way}_most"], doublings + 2 * doublings, run["ranks"])
        self.assertLessEqual(max(run["bytes_received_most"] for run in runs), 2.5 * runs[0]["bytes_received_most"])
        self.assertLessEqual(max(run["collectives_most"] for run in runs), min(run["collectives_most"] for run in runs) + 8)


class Model(unittest.TestCase):
    """tests/bench/scaling.py against sums done by hand."""

    costs = scaling.Costs(start=0.5, start_rank=0.1, prepare=0.4, prepare_rank=0.3, block=0.05, merge_byte=1e-8, write=0.8,
                          bytes_first=1e6, bytes_doubling=2e5)

    def test_one_rank_starts_reads_works_and_writes(self):
        said = scaling.foretell(self.costs, scaling.Machine(), 1, 192 * 100 + 5)
        self.assertEqual(said, {"start": 0.5, "prepare": 0.3, "blocks": 5.0, "merge": 0.0, "write": 0.8})

    def test_two_ranks_merge_once(self):
        said = scaling.foretell(self.costs, scaling.Machine(), 2, 192 * 101)
        self.assertAlmostEqual(said["start"], 0.6)
        self.assertEqual(said["prepare"], 0.4)
        self.assertAlmostEqual(said["blocks"], 51 * 0.05)
        self.assertAlmostEqual(said["merge"], 1e-8 * (1e6 + 2e5 * math.log2(50.5)))

    def test_eight_ranks_of_one_block_merge_in_shares(self):
        said = scaling.foretell(self.costs, scaling.Machine(), 8, 192 * 8)
        scatter = 1e6 / 2 + 1.2e6 / 4 + 1.4e6 / 8
        collect = 1.6e6 * (1 / 8 + 1 / 4 + 1 / 2) / 2
        self.assertAlmostEqual(said["merge"], 1e-8 * (scatter + collect))

    def test_few_cores_do_everybodys_work(self):
        said = scaling.foretell(self.costs, scaling.Machine(cores=2), 8, 192 * 8)
        self.assertAlmostEqual(said["prepare"], 8 * 0.3 / 2)
        self.assertAlmostEqual(said["blocks"], 8 * 0.05 / 2)
        scatter = 8 * (1e6 / 2 + 1.2e6 / 4 + 1.4e6 / 8)
        collect = 1.6e6 * (1 / 8 + 1 / 4 + 1 / 2) / 2
        self.assertAlmostEqual(said["merge"], 1e-8 * (scatter + collect) / 2)

    def test_rank_0_receives_less_than_two_collectors_however_many_ranks(self):
        self.assertAlmostEqual(scaling.received(self.costs, 4, 192 * 4), 1e6 + 1.2e6)
        self.assertAlmostEqual(scaling.received(self.costs, 8, 192 * 8), 1e6 / 2 + 1.2e6 / 4 + 1.4e6 / 8 + 1.6e6 * 7 / 8)
        whole = scaling.size(self.costs, 2 ** 24)
        self.assertLess(scaling.received(self.costs, 2 ** 20, 192 * 2 ** 24), 2 * whole)

    def test_core_seconds_are_of_all_ranks(self):
        self.assertAlmostEqual(scaling.processor(self.costs, 2, 192 * 2), 2 * 0.3 + 2 * 0.05 + 1e-8 * 1e6 + 0.8)

    def test_cores_that_others_use_are_not_left(self):
        run = {"ranks": 4, **{f"{phase}_processor": 1.0 for phase in PHASES}}
        self.assertAlmostEqual(scaling.cores_left(run, (8, 30.0, 10.0, 10.0)), 8 - (30 - 4 * 5) / 10)
        self.assertAlmostEqual(scaling.cores_left(run, (8, 30.0, 25.0, 10.0)), 7.5)
        self.assertEqual(scaling.cores_left(run, (8, 0.0, 25.0, 10.0)), 8)

    def test_network_adds_messages_and_bytes_between_hosts(self):
        near = scaling.foretell(self.costs, scaling.Machine(per_host=8), 8, 192 * 8)
        far = scaling.foretell(self.costs, scaling.Machine(per_host=4, latency=0.01, bandwidth=1e7), 8, 192 * 8)
        # Only partners 4 away are on the other host: the third exchange of four ranks, then the first way back of four.
        crossing = 4 * (1.4e6 / 8 + 1.6e6 / 8) / 1e7 + 2 * 0.01
        self.assertAlmostEqual(far["merge"] - near["merge"], crossing + scaling.MERGE_ROUNDS * 0.01 * 3)
        self.assertAlmostEqual(far["prepare"] - near["prepare"], scaling.PREPARE_ROUNDS * 0.01 * 3)

    def test_costs_are_found_again_in_runs_made_of_them(self):
        runs = []
        for ranks in (1, 2, 4):
            for blocks in (64, 256):
                said = scaling.foretell(self.costs, scaling.Machine(), ranks, 192 * blocks)
                sent = sum(step.length * step.ranks for step in scaling.steps_of_merge(self.costs, ranks, blocks)) if ranks > 1 else 0
                run = {f"{phase}_{time}": 0.0 for phase in PHASES for time in ("work", "wait", "processor", "work_most", "processor_most")}
                run.update(kind="strong", ranks=ranks, samples=192 * blocks, hosts=1, wall=sum(said.values()), blocks=blocks / ranks,
                           prepare_work=0.3, prepare_wait=said["prepare"] - 0.3, prepare_processor=0.3, blocks_work=said["blocks"],
                           blocks_processor=said["blocks"], merge_work=said["merge"], merge_processor=1e-8 * sent / ranks,
                           write_work=0.8, write_processor_most=0.8, write_processor=0.8 / ranks, bytes_sent=sent / ranks,
                           bytes_received_most=sent)
                runs.append(run)
        found = scaling.fit(runs)
        for name in ("start", "start_rank", "prepare", "prepare_rank", "block", "merge_byte", "write"):
            self.assertAlmostEqual(getattr(found, name), getattr(self.costs, name), places=9, msg=name)
        with redirect_stdout(io.StringIO()):
            errors = scaling.print_check(self.costs, scaling.Machine(), runs, 1)
        self.assertEqual(len(errors), 4)
        self.assertLess(max(max(pair) for pair in errors), 1e-6)


if __name__ == "__main__":
    unittest.main()
