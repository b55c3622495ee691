"""Regenerates any draw of any result from (seed, name, sample, index), as DESIGN section 3 says.

The generator is pcg64 (PCG XSL-RR 128/64). The stream of a name starts from SHA-256 of
"<seed in decimal>/<name>": first 16 bytes initial state, last 16 bytes sequence, both big-endian,
seeded as the reference `srandom` does. Sample i, index t takes output number 64 i + t, output 0
being the first after seeding. Both libpcg-cpp and numpy step first and then permute the new state.
"""

import hashlib

import numpy
from scipy.special import ndtri

OUTPUTS_PER_SAMPLE = 64
MASK128 = (1 << 128) - 1
MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645  # PCG_DEFAULT_MULTIPLIER_128


def pcg64(initial_state, sequence):
    """A numpy PCG64 in the state in which the reference `srandom` leaves pcg64."""
    increment = ((sequence << 1) | 1) & MASK128
    state = ((initial_state + increment) * MULTIPLIER + increment) & MASK128
    generator = numpy.random.PCG64(0)
    generator.state = {"bit_generator": "PCG64", "state": {"state": state, "inc": increment},
                       "has_uint32": 0, "uinteger": 0}
    return generator


def raw(seed, name, sample, count=1, first=0):
    """Outputs `first` ... `first + count - 1` of `sample`, as 64-bit integers."""
    digest = hashlib.sha256(f"{int(seed)}/{name}".encode()).digest()
    generator = pcg64(int.from_bytes(digest[:16], "big"), int.from_bytes(digest[16:], "big"))
    generator.advance(OUTPUTS_PER_SAMPLE * int(sample) + first)
    return generator.random_raw(count)


def uniforms(seed, name, sample, count=1, first=0):
    """Uniforms strictly inside (0, 1): ((x >> 12) + 1/2) 2^-52."""
    return ((raw(seed, name, sample, count, first) >> numpy.uint64(12)) + 0.5) * 2.0 ** -52


def normals(seed, name, sample, count=1, first=0):
    """Standard normals: the inverse CDF of the uniforms."""
    return ndtri(uniforms(seed, name, sample, count, first))


class Draws:
    """The draws of one sample, regenerated when asked for."""

    def __init__(self, seed, sample):
        self.seed, self.sample, self.memory = seed, sample, {}

    def uniform(self, name, index=0):
        """Uniform number `index` of the stream `name` in this sample."""
        if name not in self.memory:
            self.memory[name] = uniforms(self.seed, name, self.sample, OUTPUTS_PER_SAMPLE)
        return float(self.memory[name][index])

    def normal(self, name, index=0):
        """Standard normal number `index` of the stream `name` in this sample."""
        return float(ndtri(self.uniform(name, index)))
