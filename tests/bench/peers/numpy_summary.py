"""Distributions of outputs for the numpy peer: moments and quantiles of each."""
import numpy as np

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
COLUMNS = ("defined", "infinite", "mean", "sd", "skewness", "kurtosis", "minimum", "maximum",
           *QUANTILES)


def summarize(chunks):
    """A row of COLUMNS for each output of `chunks`, (chunk, output, sample)."""
    table = np.full((chunks.shape[1], len(COLUMNS)), np.nan)
    x = np.empty(chunks.shape[0] * chunks.shape[2])
    for output, row in enumerate(table):
        np.copyto(x.reshape(len(chunks), -1), chunks[:, output])
        describe(row, x)
    return table


def describe(row, x):
    """One output; undefined (NaN) and infinite answers are counted, not averaged."""
    least, most = x.min(), x.max()
    row[:2] = x.size, 0
    if not np.isfinite(most - least):
        finite = x[np.isfinite(x)]
        row[:2] = x.size - np.isnan(x).sum(), np.isinf(x).sum()
        if finite.size == 0:
            return
        x, least, most = finite, finite.min(), finite.max()
    if least == most:
        row[2:8] = least, 0.0, np.nan, np.nan, least, most
        row[8:] = least
        return
    mean = x.mean()
    d = x - mean
    square = d * d
    variance = square.mean()
    row[2:8] = (mean, np.sqrt(variance), np.dot(square, d) / x.size / variance ** 1.5,
                np.dot(square, square) / x.size / variance ** 2, least, most)
    places = np.array(QUANTILES) * (x.size - 1)
    below = places.astype(int)
    x = np.partition(x, np.unique(np.concatenate([below, np.minimum(below + 1, x.size - 1)])))
    upper = np.minimum(below + 1, x.size - 1)
    row[8:] = x[below] + (places - below) * (x[upper] - x[below])
