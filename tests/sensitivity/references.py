"""Known indices of the models in tests/support/lane_models.c, from closed forms, tensor quadrature or enumeration;
nothing here draws samples but for mu* and sigma of Morris' function.

truths(method, model) is a dict {(output, name, factor): (value, error of the value itself)}, names and factors as
tests/unit/test_estimators.c prints them.
"""
import itertools
import math

import numpy

# ------------------------------------------------------------------------------------- the models again, in numpy


def ishigami(u):
    x = numpy.pi * (2 * u - 1)
    return numpy.sin(x[0]) + 7 * numpy.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * numpy.sin(x[0])


def ishigami_second(u):
    x = numpy.pi * (2 * u - 1)
    return 1e-3 * (x[0] + x[1] ** 2)


G_A = numpy.array([0, 1, 4.5, 9, 99, 99, 99, 99])


def g_function(u):
    a = G_A.reshape((8,) + (1,) * (u.ndim - 1))
    return numpy.prod((abs(4 * u - 2) + a) / (1 + a), axis=0)


BOREHOLE = numpy.array([[0.05, 0.15], [100, 50000], [63070, 115600], [990, 1110], [63.1, 116], [700, 820],
                        [1120, 1680], [9855, 12045]])


def borehole(u):
    rw, r, tu, hu, tl, hl, length, kw = (low + (high - low) * v for (low, high), v in zip(BOREHOLE, u))
    log = numpy.log(r / rw)
    return 2 * numpy.pi * tu * (hu - hl) / (log * (1 + 2 * length * tu / (log * rw**2 * kw) + tu / tl))


def morris(u):
    w = 2 * (u - 0.5)
    for i in (2, 4, 6):
        w[i] = 2 * (1.1 * u[i] / (u[i] + 0.1) - 0.5)
    one = numpy.array([20.0] * 10 + [(-1.0) ** i for i in range(11, 21)])
    two = numpy.zeros((20, 20))
    for i, j in itertools.combinations(range(1, 21), 2):
        two[i - 1, j - 1] = -15 if j <= 6 else (-1) ** (i + j)
    y = one @ w + ((two @ w) * w).sum(axis=0)
    for i, j, k in itertools.combinations(range(5), 3):
        y = y - 10 * w[i] * w[j] * w[k]
    return y + 5 * w[0] * w[1] * w[2] * w[3]


# --------------------------------------------------------------------------------- from closed indices of all sets


def shapley_of(value, factors):
    """Shapley values of value(frozenset)."""
    phi = numpy.zeros(factors)
    for i in range(factors):
        others = [j for j in range(factors) if j != i]
        for size in range(factors):
            weight = math.factorial(size) * math.factorial(factors - 1 - size) / math.factorial(factors)
            for subset in itertools.combinations(others, size):
                phi[i] += weight * (value(frozenset(subset) | {i}) - value(frozenset(subset)))
    return phi


def indices_of(value, factors, output=0, error=0.0):
    """All indices from Var E(f | X_u) of every set u, of one output."""
    every = frozenset(range(factors))
    whole = value(every)
    found = {}
    firsts = [value(frozenset({i})) / whole for i in range(factors)]
    for i in range(factors):
        found[output, "first", str(i)] = firsts[i]
        found[output, "total", str(i)] = 1 - value(every - {i}) / whole
    found[output, "sum", "-"] = sum(firsts)
    for i, j in itertools.combinations(range(factors), 2):
        closed = value(frozenset({i, j})) / whole
        found[output, "closed", f"{i},{j}"] = closed
        found[output, "interaction", f"{i},{j}"] = closed - firsts[i] - firsts[j]
    for i, phi in enumerate(shapley_of(value, factors)):
        found[output, "shapley", str(i)] = phi / whole
    return {key: (number, error) for key, number in found.items()}


def from_components(components, factors, output=0):
    """components: {frozenset: variance of that term of the decomposition}; absent ones are 0."""
    return indices_of(lambda u: sum(v for s, v in components.items() if s <= u), factors, output)


def of_ishigami():
    b, fourth, eighth = 0.1, math.pi**4, math.pi**8
    main = {frozenset({0}): (1 + b * fourth / 5) ** 2 / 2, frozenset({1}): 49 / 8,
            frozenset({0, 2}): 8 * b * b * eighth / 225}
    other = {frozenset({0}): math.pi**2 / 3, frozenset({1}): 4 * fourth / 45}
    return from_components(main, 3) | from_components(other, 2, 1)


def of_g():
    part = 1 / (3 * (1 + G_A) ** 2)
    return indices_of(lambda u: math.prod(1 + part[i] for i in u) - 1, 8)


def by_quadrature(f, nodes):
    """Var E(f | X_u) of uniforms by a tensor of Gauss-Legendre nodes, so many on each axis."""
    factors = len(nodes)
    rules = [numpy.polynomial.legendre.leggauss(count) for count in nodes]
    tensor = f(numpy.array(numpy.meshgrid(*[(x + 1) / 2 for x, _ in rules], indexing="ij")))
    means = {frozenset(range(factors)): tensor}
    for size in range(factors - 1, -1, -1):
        for subset in itertools.combinations(range(factors), size):
            dropped = next(i for i in range(factors) if i not in subset)
            wider = frozenset(subset) | {dropped}
            axis = sorted(wider).index(dropped)
            means[frozenset(subset)] = numpy.tensordot(means[wider], rules[dropped][1] / 2, axes=([axis], [0]))
    variances = {}
    for subset, mean in means.items():
        square = (mean - means[frozenset()]) ** 2
        for i in sorted(subset):
            square = numpy.tensordot(square, rules[i][1] / 2, axes=([0], [0]))
        variances[subset] = float(square)
    return variances


def of_borehole():
    """More nodes for the radii, which are in a logarithm; fewer tell how far these may be off."""
    fine, coarse = (by_quadrature(borehole, nodes)
                    for nodes in ((7, 24, 3, 3, 3, 3, 4, 4), (6, 16, 3, 3, 3, 3, 3, 3)))
    best, check = indices_of(fine.__getitem__, 8), indices_of(coarse.__getitem__, 8)
    return {key: (value, abs(value - check[key][0])) for key, (value, _) in best.items()}


def of_oakley():
    """For the coefficients of lane_models.c; with those of Oakley and O'Hagan 2004 the same lines give the first-order
    indices that are published for them, to 4e-6."""
    i = numpy.arange(15)
    a, s, c = 0.1 * (i + 1), 0.05 * (16 - i), 0.08 * (i % 5)
    m = 0.2 * numpy.sin(1.0 + i[:, None] * 15 + i[None, :])
    q, e = numpy.diag(m), math.exp(-0.5)
    main = (a**2 + s**2 * (1 - math.exp(-2)) / 2 + 2 * a * s * e + 2 * q**2
            + c**2 * ((1 + math.exp(-2)) / 2 - math.exp(-1)) - 2 * q * c * e)
    both = (m + m.T) ** 2
    numpy.fill_diagonal(both, 0)
    whole = main.sum() + both.sum() / 2
    found = {(0, "sum", "-"): main.sum() / whole}
    for j in range(15):
        found[0, "first", str(j)] = main[j] / whole
        found[0, "total", str(j)] = (main[j] + both[j].sum()) / whole
        found[0, "shapley", str(j)] = (main[j] + both[j].sum() / 2) / whole
        for k in range(j + 1, 15):
            found[0, "interaction", f"{j},{k}"] = both[j, k] / whole
            found[0, "closed", f"{j},{k}"] = (main[j] + main[k] + both[j, k]) / whole
    return {key: (value, 0.0) for key, value in found.items()}


def linear(beta, covariance):
    """b'X of dependent normals: E(f | X_u) = b'C[:, u] C[u, u]^-1 X_u (Owen and Prieur 2017; Iooss and Prieur
    2019)."""
    beta, covariance = numpy.array(beta, float), numpy.array(covariance, float)

    def value(u):
        u = sorted(u)
        row = beta @ covariance[:, u]
        return float(row @ numpy.linalg.solve(covariance[numpy.ix_(u, u)], row)) if u else 0.0
    return indices_of(value, len(beta))


# --------------------------------------------------------------------------------------------- elementary effects


def effects(f, u, factor):
    """Effects of a step of 1/2 of one number, per unit, signed as if upwards."""
    moved = u.copy()
    up = u[factor] < 0.5
    moved[factor] += numpy.where(up, 0.5, -0.5)
    return (f(moved) - f(u)) * numpy.where(up, 2, -2)


def screened(f, u, output=0, exact=True):
    found, n = {}, u[0].size
    for i in range(len(u)):
        d = effects(f, u, i)
        error = 0 if exact else 1 / math.sqrt(n)
        found[output, "mu", str(i)] = (d.mean(), d.std() * error)
        found[output, "mu_star", str(i)] = (abs(d).mean(), abs(d).std() * error)
        found[output, "sigma", str(i)] = (d.std(), d.std() * error)
    return found


def grid(factors):
    levels = (numpy.arange(4) + 0.5) / 4
    return numpy.array(numpy.meshgrid(*[levels] * factors, indexing="ij")).reshape(factors, -1)


def morris_mu(factor):
    """Morris' function is linear in each w: its mean effect is the mean change of one w at the means of the others."""
    levels = (numpy.arange(4) + 0.5) / 4
    means = numpy.full((20, 4), 0.5)

    def w_of(u):
        return 2 * (1.1 * u / (u + 0.1) - 0.5)
    for i in (2, 4, 6):
        target = w_of(levels).mean()  # the number whose w is the mean of w
        means[i] = 0.1 * (target / 2 + 0.5) / (1.1 - (target / 2 + 0.5))
    means[factor] = levels
    return effects(morris, means, factor).mean()


def screened_morris():
    """Samples; mu exact, and mu* held against it: where effects have one sign, it is exact too."""
    random = numpy.random.default_rng(1)
    found = screened(morris, (random.integers(0, 4, (20, 1 << 17)) + 0.5) / 4, exact=False)
    for i in range(20):
        mu, sampled = morris_mu(i), found[0, "mu", str(i)][0]
        star, error = found[0, "mu_star", str(i)]
        one_sign = abs(abs(sampled) - star) < 1e-9 * star
        found[0, "mu", str(i)] = (mu, 0)
        found[0, "mu_star", str(i)] = (abs(mu), 0) if one_sign else (star, error)
    return found


def screened_ishigami():
    found = screened(ishigami, grid(3))
    return found | screened(lambda u: ishigami_second(numpy.vstack([u, u[:1]])), grid(2), 1)


INDICES = {"ishigami": of_ishigami, "g": of_g, "borehole": of_borehole, "oakley": of_oakley,
           "pair": lambda: linear([2, 1], [[1, 0.7], [0.7, 1]]),
           "alike": lambda: linear([1, 1, 1], [[1, 0.97, 0.97], [0.97, 1, 0.97], [0.97, 0.97, 1]]),
           "triple": lambda: linear([1, 1, 1], [[1, 0, 0], [0, 1, 1.2], [0, 1.2, 4]])}
SCREENED = {"ishigami": screened_ishigami, "g": lambda: screened(g_function, grid(8)),
            "borehole": lambda: screened(borehole, grid(8)), "morris": screened_morris}


def truths(method, model):
    return (SCREENED if method == "screening" else INDICES)[model]()
