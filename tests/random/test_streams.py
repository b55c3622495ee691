"""Streams against hashlib, numpy's PCG64 and libpcg-cpp: any draw of any result can be made without Fulcrum.

`stream` below is the whole recipe. With --pinned, print the table of tests/unit/test_random.c.
"""
import hashlib
import os
import subprocess
import sys
import unittest

import numpy as np
from numpy.random import PCG64
from scipy.special import ndtri

BUILD = os.environ.get("BUILD", "build/current")
MASK = (1 << 128) - 1
MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645


def seeding(seed, name):
    """Initial state and sequence of a name's stream."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return int.from_bytes(digest[:16], "big"), int.from_bytes(digest[16:], "big")


def stream(seed, name):
    """A numpy generator standing before output 0 of the name's stream (reference srandom)."""
    initial, sequence = seeding(seed, name)
    increment = (sequence << 1 | 1) & MASK
    state = ((increment + initial) * MULTIPLIER + increment) & MASK
    generator = PCG64()
    generator.state = {
        "bit_generator": "PCG64",
        "state": {"state": state, "inc": increment},
        "has_uint32": 0,
        "uinteger": 0,
    }
    return generator


def output(seed, name, sample, index):
    generator = stream(seed, name)
    generator.advance(64 * sample + index)
    return int(generator.random_raw())


ADDRESSES = [
    (seed, name, sample, index)
    for seed in (0, 1, 20260101, 2**63, 2**64 - 1)
    for name in (
        "macro/recession",
        "programs/MEP/match/sources/state/ratio",
        "programs/MEP/unit/1988.17/revenue",
        "a",
        "long/" * 700,
        "ünïcödé/项目",
    )
    for sample, index in ((0, 0), (0, 1), (3, 63), (191, 5), (192, 0), (10**6, 14), (2**50, 7), (2**50 - 1, 63))
]


def draws(isa="generic"):
    """(output, uniform bits, normal bits) of every address, from the library."""
    text = "".join(f"{seed} {sample} {index} {name}\n" for seed, name, sample, index in ADDRESSES)
    done = subprocess.run(
        [f"{BUILD}/tests/tools/draws_at"],
        input=text.encode(),
        capture_output=True,
        check=True,
        env={**os.environ, "FULCRUM_ISA": isa},
    )
    return [tuple(int(word, 16) for word in line.split()) for line in done.stdout.splitlines()]


class Streams(unittest.TestCase):
    def test_draws_follow_from_hashlib_and_numpy(self):
        for address, (got, uniform, _) in zip(ADDRESSES, draws(), strict=True):
            expected = output(*address)
            self.assertEqual(got, expected, address)
            value = ((expected >> 12) + 0.5) * 2.0**-52
            self.assertEqual(uniform, int(np.float64(value).view(np.uint64)), address)

    def test_draws_equal_libpcg(self):
        lines = []
        for seed, name, sample, index in ADDRESSES:
            halves = [x >> s & (2**64 - 1) for x in seeding(seed, name) for s in (64, 0)]
            lines.append("%x %x %x %x " % tuple(halves) + str(64 * sample + index))
        reference = subprocess.run(
            [f"{BUILD}/tests/pcg_reference"],
            input="\n".join(lines).encode(),
            capture_output=True,
            check=True,
        )
        expected = [int(line, 16) for line in reference.stdout.split()]
        self.assertEqual([got for got, _, _ in draws()], expected)

    def test_normals_are_the_inverse_cdf_of_the_uniforms(self):
        for address, (_, uniform, normal) in zip(ADDRESSES, draws(), strict=True):
            u = np.uint64(uniform).view(np.float64)
            z = np.uint64(normal).view(np.float64)
            self.assertAlmostEqual(z, ndtri(u), delta=3e-15 * max(1.0, abs(z)), msg=address)

    def test_every_instruction_set_gives_the_same(self):
        generic = draws()
        for isa in ("v3", "v4"):
            self.assertEqual(draws(isa), generic)

    def test_addresses_differ_in_their_draws(self):
        outputs = [got for got, _, _ in draws()]
        self.assertEqual(len(set(outputs)), len(outputs))


if __name__ == "__main__":
    if "--pinned" in sys.argv:
        for s, n, i, t in ADDRESSES[::29]:
            if n.isascii() and len(n) < 50:
                print(f'{{UINT64_C({s}), UINT64_C({64 * i + t}), UINT64_C({output(s, n, i, t):#018x}), "{n}"}},')
    else:
        unittest.main()
