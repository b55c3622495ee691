"""Designs against a second implementation made of hashlib, numpy's PCG64 and scipy's Sobol' numbers.

`Sobol` and `latin` below are the whole recipes: any draw of any result can be made without Fulcrum.
"""
import hashlib
import os
import subprocess
import unittest
import warnings

import numpy as np
from numpy.random import PCG64
from scipy.special import ndtri
from scipy.stats import qmc

BUILD = os.environ.get("BUILD", "build/current")
MASK = (1 << 128) - 1
MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645
REPLICATES = 16


def stream(seed, name):
    """A numpy generator standing before output 0 of the name's stream (reference srandom)."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    increment = (int.from_bytes(digest[16:], "big") << 1 | 1) & MASK
    state = ((increment + int.from_bytes(digest[:16], "big")) * MULTIPLIER + increment) & MASK
    generator = PCG64()
    generator.state = {
        "bit_generator": "PCG64",
        "state": {"state": state, "inc": increment},
        "has_uint32": 0,
        "uinteger": 0,
    }
    return generator


def constants(seed, name):
    """Outputs 2^64 and following of the name's stream: 32 columns, scrambles, permutations."""
    words = stream(seed, name).advance(1 << 64).random_raw(34)
    return [int(word) for word in words]


def replicate_key(constant, index, replicate):
    """Word 16 index + replicate of SplitMix64 from the constant; lower and upper half."""
    x = (constant + (16 * index + replicate + 1) * 0x9E3779B97F4A7C15) % 2**64
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    x = (x ^ x >> 27) * 0x94D049BB133111EB % 2**64
    x ^= x >> 31
    return x % 2**32, x >> 32


def reverse(x):
    return int(format(x, "032b")[::-1], 2)


def scipy_directions():
    """Column c of dimension t: scipy's point number 2^c (its order is by Gray code, so point
    2^(c+1) - 1 of it), digits from bit 0 on. Few columns: the points in between are generated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        points = qmc.Sobol(64, scramble=False, bits=32).random(1 << 12)
    places = [(1 << (c + 1)) - 1 for c in range(12)]
    return [[reverse(int(points[p, t] * 2.0**32)) for p in places] for t in range(64)]


def library_directions():
    done = subprocess.run([f"{BUILD}/tests/tools/design_at", "directions"], capture_output=True, check=True)
    return [[int(word, 16) for word in line.split()] for line in done.stdout.splitlines()]


def combine(x, columns):
    """The sum without carry of the columns of the set bits of x."""
    y = 0
    for c, column in enumerate(columns):
        if x >> c & 1:
            y ^= column
    return y


def scramble(x, addend, factor):
    x ^= x * 0x3D20ADEA % 2**32
    x = (x + addend) * (factor | 1) % 2**32
    x ^= x * 0x05526C56 % 2**32
    return x ^ x * 0x53A22864 % 2**32


def sobol(seed, name, sample, index, directions):
    drawn = constants(seed, name)
    columns = [(word >> 32) % (1 << c) | 1 << c for c, word in enumerate(drawn[:32])]
    point = combine(combine(sample // REPLICATES, columns), directions[index])
    addend, factor = replicate_key(drawn[32], index, sample % REPLICATES)
    return (reverse(scramble(point, addend, factor)) + 0.5) * 2.0**-32


def below(count, x, key):
    x = (x + key) % 2**32
    x = (x ^ x >> 16) * 0x7FEB352D % 2**32
    x = (x ^ x >> 15) * 0x846CA68B % 2**32
    return x * count >> 32


def stratum(seed, name, sample, index, strata):
    low, high = replicate_key(constants(seed, name)[33], index, sample % REPLICATES)
    width = int(np.ceil(np.sqrt(strata)))
    height = -(-strata // width)
    rounds = 2
    while 1 < width and width**rounds < 1 << 12:
        rounds += 1
    cell = sample // REPLICATES
    while True:
        left, right = divmod(cell, width)
        for turn in range(rounds):
            left = (left + below(height, right, low + 2 * turn * (high | 1))) % height
            right = (right + below(width, left, low + (2 * turn + 1) * (high | 1))) % width
        cell = left * width + right
        if cell < strata:
            return cell


def latin(seed, name, sample, index, samples):
    strata = samples // REPLICATES
    raw = int(stream(seed, name).advance(64 * sample + index).random_raw())
    place = ((raw >> 12) + 0.5) * 2.0**-52
    return (stratum(seed, name, sample, index, strata) + place) / strata


NAMES = ("macro/recession", "programs/MEP/unit/1988.17/revenue", "a", "ünïcödé/项目")
ADDRESSES = [
    (design, seed, samples, sample, index, name)
    for seed in (0, 1, 2**64 - 1)
    for name in NAMES
    for design, samples, sample, index in (
        ("sobol", 32, 0, 0),
        ("sobol", 1 << 20, 16, 1),
        ("sobol", 1 << 20, 767, 63),
        ("sobol", 1 << 20, 1048575, 14),
        ("sobol", 1 << 35, (1 << 35) - 1, 40),
        ("lhs", 16, 3, 0),
        ("lhs", 96, 95, 2),
        ("lhs", 16 * 4099, 12345, 63),
        ("lhs", 16 * 1000003, 16 * 1000003 - 1, 0),
        ("lhs", 1 << 35, 1 << 34, 7),
    )
]


def library(isa="generic"):
    """(uniform bits, normal bits) of every address."""
    text = "".join("%s %d %d %d %d %s\n" % address for address in ADDRESSES)
    done = subprocess.run(
        [f"{BUILD}/tests/tools/design_at"],
        input=text.encode(),
        capture_output=True,
        check=True,
        env={**os.environ, "FULCRUM_ISA": isa},
    )
    return [tuple(int(word, 16) for word in line.split()) for line in done.stdout.splitlines()]


def exact_scramble(points, bits, generator):
    """Owen's nested uniform scramble of integers of `bits` bits: a fair bit at every node."""
    y = np.zeros_like(points)
    for bit in range(bits - 1, -1, -1):
        flips = generator.integers(0, 2, size=1 << (bits - 1 - bit))
        y |= ((points >> bit & 1) ^ flips[points >> (bit + 1)]) << bit
    return y


class Designs(unittest.TestCase):
    def test_direction_numbers_are_those_of_scipy(self):
        for mine, scipys in zip(library_directions(), scipy_directions(), strict=True):
            self.assertEqual(mine[:12], scipys)

    def test_points_are_those_of_scipy(self):
        columns = np.array(library_directions(), dtype=np.uint64)
        points = qmc.Sobol(64, scramble=False, bits=32).random(256)
        for number in range(256):
            at = number ^ number >> 1
            for dimension in range(64):
                expected = reverse(int(points[number, dimension] * 2.0**32))
                self.assertEqual(combine(at, [int(c) for c in columns[dimension]]), expected)

    def test_every_draw_follows_from_the_recipe(self):
        directions = library_directions()
        for address, (bits, normal) in zip(ADDRESSES, library(), strict=True):
            design, seed, samples, sample, index, name = address
            if design == "sobol":
                expected = sobol(seed, name, sample, index, directions)
            else:
                expected = latin(seed, name, sample, index, samples)
            self.assertEqual(bits, int(np.float64(expected).view(np.uint64)), address)
            z = np.uint64(normal).view(np.float64)
            self.assertAlmostEqual(z, ndtri(expected), delta=3e-15 * max(1.0, abs(z)), msg=address)

    def test_every_instruction_set_gives_the_same(self):
        generic = library()
        for isa in ("v3", "v4"):
            self.assertEqual(library(isa), generic)

    def test_hashed_scrambles_vary_as_exact_ones(self):
        """Variance over scrambles of means of 64 points, smooth and not: ratio 1 within 5 sd."""
        functions = (
            lambda u: 3 * u[0] ** 2,
            lambda u: np.exp(u[0]),
            lambda u: (u[0] < 1 / 3) * 1.0,
            lambda u: 4 * u[0] * u[1],
            lambda u: (u[0] + u[1] < 0.9) * 1.0,
            lambda u: np.cos(40 * u[0]),
        )
        bits, count = 6, 2000
        generator = np.random.default_rng(20260101)
        raw = [[combine(p, d) % (1 << bits) for p in range(1 << bits)] for d in library_directions()[:2]]
        natural = [np.array([reverse(x) >> (32 - bits) for x in row]) for row in raw]
        means = {"exact": [], "hash": []}
        for _ in range(count):
            exact = [
                (exact_scramble(x, bits, generator) + generator.random(1 << bits)) / (1 << bits) for x in natural
            ]
            means["exact"].append([f(exact).mean() for f in functions])
            hashed = []
            for row in raw:
                addend, factor = (np.uint32(k) for k in generator.integers(0, 2**32, size=2))
                x = np.array(row, dtype=np.uint32)
                x ^= x * np.uint32(0x3D20ADEA)
                x = (x + addend) * (factor | np.uint32(1))
                x ^= x * np.uint32(0x05526C56)
                x ^= x * np.uint32(0x53A22864)
                hashed.append((np.array([reverse(int(v)) for v in x]) + 0.5) * 2.0**-32)
            means["hash"].append([f(hashed).mean() for f in functions])
        ratio = np.var(means["hash"], axis=0) / np.var(means["exact"], axis=0)
        self.assertLess(np.max(np.abs(ratio - 1)), 5 * np.sqrt(4 / count), ratio)


if __name__ == "__main__":
    unittest.main()
