"""Given data for tests: the program's estimates (tests/tools/given_at.c), and the same written again in numpy."""
import os
import subprocess

import numpy as np
from scipy import stats

BUILD = os.environ.get("BUILD", "build/current")
PILOT, REPLICATES = 3072, 16
CLASSES, CELLS = 16, 32


def encoded(sets):
    """Data sets (samples, u[d][T], x[d][T], y[outputs][T][, reach[d][outputs]]) as the tool reads them."""
    parts = []
    for samples, u, x, y, *reach in sets:
        assert u.shape == x.shape and u.shape[1] == y.shape[1] >= max(samples, PILOT)
        reach = reach[0] if reach else np.ones((len(u), len(y)))
        parts.append(np.array([samples, u.shape[1], len(u), len(y)], "<u8").tobytes())
        parts += [np.ascontiguousarray(a, "<f8").tobytes() for a in (reach, u, x, y)]
    return b"".join(parts)


def indices(words):
    """{name: number or (value, error, low, high)} of one line."""
    row, i = {}, 0
    while i < len(words):
        many = {"linear", "rank_linear", "first", "delta", "median", "maximum", "src", "srrc", "plain", "critical"}
        count = {"plain": 4, "critical": 2}.get(words[i], 4 if words[i] in many else 1)
        values = tuple(map(float, words[i + 1:i + 1 + count]))
        row[words[i]] = values if count > 1 else values[0]
        i += 1 + count
    return row


def estimates(sets, level=0.95, resamples=100, seed=1, classes=0, cells=0, isa=None):
    """For each set {"output": [row], "pair": {(output, quantity): row}}."""
    command = [f"{BUILD}/tests/tools/given_at", *map(str, (level, resamples, seed, classes, cells))]
    done = subprocess.run(command + ([] if isa is None else [str(isa)]), input=encoded(sets), check=True,
                          stdout=subprocess.PIPE)
    results, result = [], {"output": [], "pair": {}}
    for line in done.stdout.decode().splitlines():
        words = line.split()
        if words[0] == "output":
            result["output"].append(indices(words[2:]))
        elif words[0] == "pair":
            result["pair"][int(words[1]), int(words[2])] = indices(words[3:])
        else:
            results.append(result)
            result = {"output": [], "pair": {}}
    return results


# ------------------------------------------------------------------------------------------- in numpy
def edges(pilot, cells=CELLS):
    """Quantiles of the finite values; a value that holds several takes two edges."""
    s = np.sort(pilot[np.isfinite(pilot)])
    if not s.size:
        return s
    quantiles = s[np.arange(1, cells) * s.size // cells]
    values, times = np.unique(quantiles, return_counts=True)
    return np.unique(np.concatenate([values, np.nextafter(values[times > 1], np.inf)]))


def table(u, y, at, classes=CLASSES):
    """Counts[class][cell] of the defined samples, infinities as cells of their own."""
    keep = ~np.isnan(y)
    cell = np.searchsorted(at, y[keep], side="right") + 1
    cell[np.isneginf(y[keep])] = 0
    cell[np.isposinf(y[keep])] = at.size + 2
    counts = np.zeros((classes, at.size + 3))
    np.add.at(counts, (np.floor(u[keep] * classes).astype(int), cell), 1)
    return counts


def distances(counts):
    """Delta, median and maximum of Smirnov's distance."""
    p = counts / counts.sum()
    w, q = p.sum(axis=1), p.sum(axis=0)
    smirnov = [np.abs(np.cumsum(row / row.sum()) - np.cumsum(q)).max() for row in counts if row.sum()]
    return np.array([np.abs(p - np.outer(w, q)).sum() / 2, np.median(smirnov), max(smirnov)])


def bootstrap(counts, resamples, rng):
    """(bias, error) of the distances."""
    n = counts.sum()
    w, q = counts.sum(axis=1) / n, counts.sum(axis=0) / n
    expected = n * np.outer(w, q)
    chi = np.divide((counts - expected) ** 2, expected, where=expected > 0, out=np.zeros_like(counts)).sum(axis=1)
    noise = (1 - w) * ((q > 0).sum() - 1)
    kept = np.sqrt(np.clip(1 - noise / np.maximum(chi, 1e-300), 0, None))[:, None]
    shares = (1 - kept) * np.outer(w, q) + kept * counts / n
    drawn = rng.multinomial(int(n), (shares / shares.sum()).ravel(), size=resamples)
    apart = np.array([distances(c.reshape(counts.shape)) for c in drawn]) - distances(shares)
    bias = apart.mean(axis=0)
    return bias, np.sqrt(apart.var(axis=0, ddof=1) + bias**2 / 9)


def first_order(u, y, classes=CLASSES):
    """(extrapolated and corrected, plain)."""
    keep = np.isfinite(y)
    u, y = u[keep], y[keep]

    def between(count):
        groups = [y[np.floor(u * count).astype(int) == m] for m in range(count)]
        share = np.array([g.size / y.size for g in groups])
        plain = sum(w * (g.mean() - y.mean()) ** 2 for w, g in zip(share, groups) if g.size)
        noise = sum((1 - w) * g.var(ddof=1) for w, g in zip(share, groups) if g.size > 1)
        return plain - noise / y.size, plain

    fine, coarse = between(classes), between(classes // 2)
    return (4 * fine[0] - coarse[0]) / 3 / y.var(ddof=1), fine[1] / y.var()


def standardized(x, y):
    """Coefficients of columns x[d][n] by numpy's least squares, and R^2."""
    x = (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)
    y = (y - y.mean()) / y.std()
    b, *_ = np.linalg.lstsq(np.column_stack([np.ones(y.size), *x]), y, rcond=None)
    return b[1:], 1 - ((y - b[0] - b[1:] @ x) ** 2).mean()


def regression(x, y):
    """As above over the finite y, with the errors of a jackknife over replicates (left out one by one)."""
    keep = np.isfinite(y)
    replicate = np.arange(y.size) % REPLICATES
    whole, share = standardized(x[:, keep], y[keep])
    parts = [standardized(x[:, keep & (replicate != r)], y[keep & (replicate != r)]) for r in range(REPLICATES)]
    scale = np.sqrt((REPLICATES - 1) ** 2 / REPLICATES)
    return (whole, scale * np.std([p[0] for p in parts], axis=0, ddof=1), share,
            scale * np.std([p[1] for p in parts], ddof=1))


def ranks(y):
    return stats.rankdata(np.clip(y, -1e300, 1e300)) / y.size  # that of infinities is NaN in some versions
