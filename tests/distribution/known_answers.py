"""Known quantiles for tests/unit/known_quantiles.h, at 40 digits (needs mpmath).

    python3 known_answers.py > ../unit/known_quantiles.h

Each is the root of CDF(x) = u, or of upper tail = 1 - u where u > 1/2, by bisection: nothing here is shared
with the engine but the definition of the families.
"""

import mpmath as mp

mp.mp.dps = 40
POINTS = [2.0**-53, 1e-9, 0.003, 0.2, 0.5, 0.77, 0.995, 1 - 1e-9, 1 - 2.0**-53]


def bisect(is_left, low, high):
    low, high = mp.mpf(low), mp.mpf(high)
    while high - low > (abs(low) + abs(high)) * mp.mpf(10) ** -25:
        middle = (low + high) / 2
        low, high = (middle, high) if is_left(middle) else (low, middle)
    return (low + high) / 2


def root(below, above, u, low, high):
    """x in (low, high) with below(x) = u, or above(x) = 1 - u where that is the smaller one."""
    u = mp.mpf(u)
    return bisect((lambda x: below(x) < u) if u <= 0.5 else (lambda x: above(x) > 1 - u), low, high)


def phi(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def normal_z(u):
    return mp.mpf(0) if u == 0.5 else root(phi, lambda x: phi(-x), u, -9, 9)


def logit(u):
    return mp.log(mp.mpf(u) / (1 - mp.mpf(u)))


def gamma(u, shape, scale):
    def part(y, low, high):
        return mp.gammainc(shape, low, high, regularized=True)

    y = root(lambda y: part(y, 0, mp.exp(y)), lambda y: part(y, mp.exp(y), mp.inf), u, -60 / mp.mpf(shape) - 10, 12)
    return scale * mp.exp(y)


def beta(u, a, b, low=0, high=1):
    def share(y):
        return 1 / (1 + mp.exp(-y))

    y = root(
        lambda y: mp.betainc(a, b, 0, share(y), regularized=True),
        lambda y: mp.betainc(b, a, 0, share(-y), regularized=True),
        u, -60 / mp.mpf(a) - 10, 60 / mp.mpf(b) + 10)
    return low + (mp.mpf(high) - low) * share(y)


def student(u, df, location=0, scale=1):
    def tail(y):
        t = mp.exp(y)
        return mp.betainc(mp.mpf(df) / 2, mp.mpf(1) / 2, 0, df / (df + t * t), regularized=True) / 2

    if u == 0.5:
        return mp.mpf(location)
    p = min(mp.mpf(u), 1 - mp.mpf(u))
    t = mp.exp(bisect(lambda y: tail(y) > p, -40, 60))
    return location + scale * (t if u > 0.5 else -t)


def truncated(u, mean, sd, low=None, high=None):
    """By tails of the side the interval is on, so that none cancels."""
    mean, sd = mp.mpf(mean), mp.mpf(sd)
    a = (low - mean) / sd if low is not None else mp.mpf(-60)
    b = (high - mean) / sd if high is not None else mp.mpf(60)
    mp.mp.dps = 400 if max(a, -b) > 5 else 60
    mass = phi(b) - phi(a)
    t = root(lambda t: (phi(t) - phi(a)) / mass, lambda t: (phi(b) - phi(t)) / mass, u, a, b)
    mp.mp.dps = 40
    return mean + sd * t


def triangular(u, low, mode, high):
    u, low, mode, high = map(mp.mpf, (u, low, mode, high))
    if u < (mode - low) / (high - low):
        return low + mp.sqrt(u * (high - low) * (mode - low))
    return high - mp.sqrt((1 - u) * (high - low) * (high - mode))


def pert(u, low, mode, high, shape=4):
    low, mode, high = map(mp.mpf, (low, mode, high))
    return beta(u, 1 + shape * (mode - low) / (high - low), 1 + shape * (high - mode) / (high - low), low, high)


def metalog(u, p10, p50, p90, lower=None, upper=None):
    """Coefficients from the three linear equations, not from their closed solution."""
    if lower is not None and upper is not None:
        there = lambda x: mp.log((x - lower) / (upper - x))
        back = lambda m: (lower + upper * mp.exp(m)) / (1 + mp.exp(m))
    elif lower is not None:
        there, back = lambda x: mp.log(x - lower), lambda m: lower + mp.exp(m)
    elif upper is not None:
        there, back = lambda x: -mp.log(upper - x), lambda m: upper - mp.exp(-m)
    else:
        there = back = lambda x: x

    def row(p):
        return [1, logit(p), (p - 0.5) * logit(p)]

    a = mp.lu_solve(mp.matrix([row(mp.mpf(p) / 10) for p in (1, 5, 9)]),
                    mp.matrix([there(mp.mpf(p)) for p in (p10, p50, p90)]))
    return back(sum(c * r for c, r in zip(a, row(mp.mpf(u)))))


def lognormal(u, median=None, p95=None, mean=None, sd=None, mu=None, sigma=None):
    if median is not None:
        mu, sigma = mp.log(median), mp.log(mp.mpf(p95) / median) / normal_z(mp.mpf("0.95"))
    elif mean is not None:
        sigma = mp.sqrt(mp.log(1 + (mp.mpf(sd) / mean) ** 2))
        mu = mp.log(mean) - sigma**2 / 2
    return mp.exp(mu + sigma * normal_z(u))


# family, its parameters in the order of its function, and values
CASES = [
    ("uniform", "min max", [-1.5, 4.0], lambda u, a, b: a + (b - a) * mp.mpf(u)),
    ("loguniform", "min max", [0.25, 1000.0], lambda u, a, b: a * (b / mp.mpf(a)) ** mp.mpf(u)),
    ("normal", "mean sd", [0.5, 2.0], lambda u, mean, sd: mean + sd * normal_z(u)),
    ("truncated_normal", "mean sd min max", [0.5, 2.0, 0.0, 3.0], truncated),
    ("truncated_normal", "mean sd min", [0.0, 1.0, 6.0], truncated),
    ("truncated_normal", "mean sd max", [0.0, 1.0, -20.0], lambda u, m, s, high: truncated(u, m, s, None, high)),
    ("lognormal", "median p95", [25.0, 36.0], lognormal),
    ("lognormal", "mean sd", [3.0, 4.0], lambda u, m, s: lognormal(u, mean=m, sd=s)),
    ("lognormal", "mu sigma", [-1.0, 0.75], lambda u, m, s: lognormal(u, mu=m, sigma=s)),
    ("triangular", "min mode max", [-1.0, 0.5, 4.0], triangular),
    ("triangular", "min mode max", [0.0, 0.0, 2.0], triangular),
    ("pert", "min mode max", [0.5, 0.75, 1.0], pert),
    ("pert", "min mode max shape", [0.0, 0.0, 1.0, 10.0], pert),
    ("beta", "a b", [2.0, 5.0], beta),
    ("beta", "a b min max", [0.5, 0.25, -2.0, 6.0], beta),
    ("beta", "a b", [250.0, 30.0], beta),
    ("gamma", "shape scale", [2.5, 4.0], gamma),
    ("gamma", "shape scale", [0.25, 1.0], gamma),
    ("gamma", "shape scale", [400.0, 0.5], gamma),
    ("weibull", "shape scale", [1.5, 2.0], lambda u, k, s: s * (-mp.log(1 - mp.mpf(u))) ** (1 / mp.mpf(k))),
    ("weibull", "shape scale", [0.5, 1.0], lambda u, k, s: s * (-mp.log(1 - mp.mpf(u))) ** (1 / mp.mpf(k))),
    ("student_t", "df", [4.0], student),
    ("student_t", "df location scale", [1.0, 0.0, 3.0], student),
    ("student_t", "df location scale", [30.0, 1.0, 0.5], student),
    ("discrete", "values weights", [[0.0, 1.0, 2.5], [1.0, 2.0, 1.0]],
     lambda u, x, w: x[0] if u < 0.25 else x[1] if u < 0.75 else x[2]),
    ("empirical", "values", [[5.0, 1.0, 2.0, 9.0]], lambda u, x: sorted(x)[int(u * 4)]),
    ("metalog", "p10 p50 p90", [1.0, 2.0, 4.0], metalog),
    ("metalog", "p10 p50 p90 lower", [1.0, 2.0, 4.0, 0.0], metalog),
    ("metalog", "p10 p50 p90 upper", [1.0, 2.0, 4.0, 5.0],
     lambda u, a, b, c, upper: metalog(u, a, b, c, None, upper)),
    ("metalog", "p10 p50 p90 lower upper", [1.0, 2.0, 4.0, 0.5, 8.0], metalog),
]


def as_text(value):
    return ",".join("%g" % v for v in (value if isinstance(value, list) else [value]))


def main():
    print("/* Known quantiles, made by tests/distribution/known_answers.py at 40 digits. */")
    print("enum { KNOWN_POINTS = %d };" % len(POINTS))
    print("static const double known_points[KNOWN_POINTS] = {%s};" % ", ".join(u.hex() for u in POINTS))
    print("static const struct known {")
    print("    const char *family, *arguments; /* KEY=VALUE[,VALUE...] ... */")
    print("    double x[KNOWN_POINTS];")
    print("} known_quantiles[] = {")
    for family, keys, values, quantile in CASES:
        arguments = " ".join("%s=%s" % (k, as_text(v)) for k, v in zip(keys.split(), values))
        x = [float(quantile(u, *values)).hex() for u in POINTS]
        print('    {"%s", "%s", {%s}},' % (family, arguments, ", ".join(x)))
    print("};")


if __name__ == "__main__":
    main()
