"""Exact sums against Python's rational arithmetic, on values chosen to break sums of doubles."""
import fractions
import os
import random
import struct
import subprocess
import sys
import unittest

PROGRAM = os.path.join(os.environ.get("BUILD", "build/test-gcc-openmpi"),
                       "tests", "unit", "test_superaccumulator")


def exact_sum(values):
    packed = struct.pack(f"<{len(values)}d", *values)
    return float.fromhex(subprocess.run([PROGRAM, "sum"], input=packed, check=True,
                                        stdout=subprocess.PIPE).stdout.decode())


def rational_sum(values):
    total = sum(map(fractions.Fraction, values))
    try:
        return float(total)  # rounds once, ties to even
    except OverflowError:
        return float("inf") if total > 0 else float("-inf")


def any_double(source):
    while True:
        value = struct.unpack("<d", struct.pack("<Q", source.getrandbits(64)))[0]
        if value - value == 0:
            return value


class ExactSums(unittest.TestCase):
    def check(self, values):
        self.assertEqual(exact_sum(values).hex(), rational_sum(values).hex())

    def test_all_exponents(self):
        for seed in range(20):
            source = random.Random(seed)
            self.check([any_double(source) for _ in range(300)])

    def test_cancellation_down_to_denormals(self):
        for seed in range(20):
            source = random.Random(seed)
            big = [any_double(source) for _ in range(200)]
            small = [source.randrange(1, 1000) * 5e-324 for _ in range(10)]
            values = big + [-x for x in big] + small
            source.shuffle(values)
            self.check(values)

    def test_halfway_cases(self):
        for seed in range(200):
            source = random.Random(seed)
            base = any_double(source)
            half = abs(base) * 2.0 ** -53
            self.check([base, half, source.choice([0.0, 5e-324, -5e-324]), -half / 2, half / 2])

    def test_near_overflow(self):
        largest = sys.float_info.max
        for rest in (2.0 ** 969, 2.0 ** 970, -(2.0 ** 970), largest):
            self.check([largest, rest])
            self.check([-largest, -rest, 5e-324])

    def test_many_values_of_one_size(self):
        source = random.Random(3)
        self.check([source.gauss(1e9, 0.5) for _ in range(50000)])


if __name__ == "__main__":
    unittest.main()
