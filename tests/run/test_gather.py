#!/usr/bin/env python3
"""Merging over ranks: right at any number of them, never hanging, and cheap at many.

tests/tools/gather_at.c merges a collector of one number a record.
"""

import math
import os
import re
import subprocess
import unittest

import fulcrum

TOOL = os.path.join(fulcrum.BUILD, "tests", "tools", "gather_at")
MERGES = 2  # of a case


def gather(ranks, *cases):
    """For each case what rank 0 said, and its numbers by name."""
    with open(os.path.join(fulcrum.BUILD, "config.mk"), encoding="utf-8") as config:
        launcher = re.search(r"MPIRUN := (.*)", config.read())[1]
    done = subprocess.run([launcher, "-n", str(ranks), TOOL, *cases], timeout=60, encoding="utf-8",
                          capture_output=True, check=False)
    lines = [line.split(";") for line in done.stdout.splitlines()]
    assert len(lines) == len(cases), done.stdout + done.stderr
    return [(said, {name: int(number) for name, number in re.findall(r"([a-z_]+) (\d+)", rest)})
            for said, rest in lines]


class Gather(unittest.TestCase):
    """Totals, failures, traffic."""

    def test_rank_0_has_the_sum_at_any_number_of_ranks(self):
        cases = ("1:24", "7:8", "37:24", "300:24")
        for ranks in (1, 2, 3, 6, 8, 9, 13, 16, 19):
            for case, (said, _) in zip(cases, gather(ranks, *cases)):
                self.assertEqual(said, "right", (ranks, case))

    def test_long_parts_take_more_messages_and_are_right(self):
        for ranks in (2, 9):
            (said, most), = gather(ranks, "60:300000")
            self.assertEqual(said, "right")
            self.assertGreater(most["messages_sent"], 2 * MERGES * math.log2(ranks))

    def test_failure_anywhere_is_told_to_all_and_ends(self):
        for ranks in (3, 8, 11):
            cases = [f"37:24:{rank}:{kind}:{record}" for rank in (0, 1, 2, ranks - 1)
                     for kind in ("write", "merge") for record in (0, 2, 5, 36)]
            failed = {"write": 0, "merge": 0}
            for case, (said, _) in zip(cases, gather(ranks, *cases)):
                _, _, rank, kind, record = case.split(":")
                expected = {"write": "out of memory.*",
                            "merge": f"record {record} is not to be merged"}[kind]
                self.assertRegex(said, f"^(right|{expected})$", (ranks, case))
                failed[kind] += said != "right"
            self.assertGreater(failed["write"], 2, ranks)
            self.assertGreater(failed["merge"], 2, ranks)

    def test_messages_of_a_rank_grow_like_the_logarithm_and_bytes_not_at_all(self):
        records, size = 512, 1000
        for ranks in (8, 16, 32):
            (_, most), = gather(ranks, f"{records}:{size}")
            for way in ("sent", "received"):
                self.assertLessEqual(most[f"messages_{way}"], MERGES * 2 * math.log2(ranks), ranks)
                self.assertLessEqual(most[f"bytes_{way}"], MERGES * 2 * records * (size + 16), ranks)
            self.assertEqual(most["collectives"], gather(2, f"{records}:{size}")[0][1]["collectives"])


if __name__ == "__main__":
    unittest.main()
