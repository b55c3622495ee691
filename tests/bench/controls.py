"""Control variates with known means for runs of design sobol: the years in which programs end.

In year t a program that lives ends if its draw u is below the hazard h. Given the quantities, 1[it ends in
year t] - h (1 - h)^(t - first) has mean zero, whatever the hazards' distribution; so has any sum of these
with fixed weights, and taking away the sum that fits an output best (least squares) leaves its mean but for
a bias of order 1/N (Owen 2013, "Monte Carlo theory, methods and examples", chapter 8.9). No model is
evaluated for it: hazards are kept with the samples, and draws follow from the recipe of engine/design/sobol.h
(DESIGN and tests/design/test_design.py), here for all samples at once.

Limits: points of design sobol; hazards that are one number or one sampled quantity.
"""
import hashlib

import numpy as np
from numpy.random import PCG64
from scipy.stats import qmc

REPLICATES = 16
MASK = (1 << 128) - 1
MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645


def constants(seed, name):
    """Outputs 2^64 and following of the name's stream: 32 columns, then the key of the scrambles."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    increment = (int.from_bytes(digest[16:], "big") << 1 | 1) & MASK
    state = ((increment + int.from_bytes(digest[:16], "big")) * MULTIPLIER + increment) & MASK
    generator = PCG64()
    generator.state = {"bit_generator": "PCG64", "state": {"state": state, "inc": increment}, "has_uint32": 0,
                       "uinteger": 0}
    return [int(word) for word in generator.advance(1 << 64).random_raw(33)]


def reverse(words):
    """The 32 bits of each word in the opposite order."""
    octets = np.asarray(words, dtype=np.uint32).view(np.uint8).reshape(-1, 4)
    return np.packbits(np.unpackbits(octets, axis=1, bitorder="little"), axis=1).view(">u4").ravel().astype(np.uint32)


def directions(bits, count):
    """[dimension, column] of the first `bits` columns: scipy's Sobol' numbers, digits from bit 0 on."""
    points = qmc.Sobol(count, scramble=False, bits=32).random(1 << bits)
    return np.array([reverse((points[(1 << (c + 1)) - 1] * 2.0**32).astype(np.uint32)) for c in range(bits)]).T


def combine(numbers, columns):
    """Per number the sum without carry of the columns of its set bits."""
    total = np.zeros(len(numbers), dtype=np.uint32)
    for c, column in enumerate(columns):
        total ^= np.where(numbers >> np.uint32(c) & np.uint32(1), np.uint32(column), np.uint32(0))
    return total


def keys(constant, index):
    """Addends and odd factors of the replicates."""
    number = np.arange(REPLICATES, dtype=np.uint64) + np.uint64(index * REPLICATES + 1)
    x = np.uint64(constant) + number * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ x >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ x >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return x.astype(np.uint32), (x >> np.uint64(32)).astype(np.uint32) | np.uint32(1)


def uniforms(seed, name, samples, indices):
    """[sample, index] of a run of `samples` (a power of two) with design sobol."""
    points = samples // REPLICATES
    bits = max(points - 1, 1).bit_length()
    drawn = constants(seed, name)
    columns = [(word >> 32) % (1 << c) | 1 << c for c, word in enumerate(drawn[:32])]
    at = combine(np.arange(points, dtype=np.uint32), columns[:bits])
    table = directions(bits, indices)
    out = np.empty((samples, indices))
    for index in range(indices):
        addend, factor = keys(drawn[32], index)
        x = combine(at, table[index])[:, None]
        x = x ^ x * np.uint32(0x3D20ADEA)
        x = (x + addend) * factor
        x = x ^ x * np.uint32(0x05526C56)
        x = x ^ x * np.uint32(0x53A22864)
        out[:, index] = (reverse(x.ravel()) + 0.5) * 2.0**-32
    return out


def ends(draws, hazard, first):
    """[sample, year - first]: whether a program ends then, less how likely that was given its hazard."""
    years = np.arange(draws.shape[1] - first)
    below = draws[:, first:] < hazard[:, None]
    now = below & (np.cumsum(below, axis=1) == 1)
    return now - hazard[:, None] * (1 - hazard[:, None]) ** years


def smooth(centred):
    """Four sums over the years, weighted by powers of the share of them that is left; one needs no more."""
    years = centred.shape[1]
    left = np.arange(years, 0, -1) / years
    return centred @ np.column_stack([left**k for k in range(4)])


def of_study(study, quantities, values, seed):
    """[sample, control] of all programs that may end. `study` is the resolved one, as a mapping."""
    horizon, found = study["horizon"], []
    for program, inputs in study["programs"].items():
        rule = (inputs.get("budget") or {}).get("termination")
        path = f"programs/{program}/budget/termination/hazard"
        if not rule or (path not in quantities and not isinstance(rule["hazard"], (int, float))):
            continue
        hazard = values[:, quantities.index(path)] if path in quantities else np.full(len(values), rule["hazard"])
        first = max(0, rule.get("from_year", 0) - horizon["base_year"])
        if first < horizon["years"]:
            draws = uniforms(seed, f"programs/{program}/termination", len(values), horizon["years"])
            found.append(smooth(ends(draws, hazard, first)))
    return np.column_stack(found) if found else np.empty((len(values), 0))


def adjusted_mean(output, controls):
    """Mean of the output without what the controls explain of it, and its error from the replicates."""
    centred = controls - controls.mean(axis=0)
    weights = np.linalg.lstsq(centred.T @ centred, centred.T @ output, rcond=None)[0]
    replicates = (output - controls @ weights).reshape(-1, REPLICATES).mean(axis=0)
    return replicates.mean(), replicates.std(ddof=1) / np.sqrt(REPLICATES)
