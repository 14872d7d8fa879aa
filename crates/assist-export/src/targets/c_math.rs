//! Functions that a model in C needs and the language has not, or has with other last digits; their numbers are in `exponential.rs`.

/// 2^k for whole k of normal numbers, and the exponential of numbers up to 0.
pub(crate) const EXPONENTIAL: &str = "\
/* 2^k, by its bits. */
static double power_of_two(int k) {
    unsigned long long bits = (unsigned long long)(k + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return power;
}

/* exp(x) for x up to 0, as sums and products in a fixed order; 0 below -708. */
static double exp_of_negative(double x) {
    double clamped = x > {LEAST} ? x : {LEAST};
    double k = (clamped * {LOG2_E} + {ROUND}) - {ROUND};
    double r = (clamped - k * {LN2_HIGH}) - k * {LN2_LOW};
    double r2 = r * r;
    double r4 = r2 * r2;
    double low = (1.0 + r) + r2 * (0.5 + r * (1.0 / 6.0));
    double middle = (1.0 / 24.0 + r * (1.0 / 120.0)) + r2 * (1.0 / 720.0 + r * (1.0 / 5040.0));
    double high = (1.0 / 40320.0 + r * (1.0 / 362880.0)) + r2 * (1.0 / 3628800.0 + r * (1.0 / 39916800.0));
    double top = 1.0 / 479001600.0 + r * (1.0 / 6227020800.0);
    double polynomial = low + r4 * (middle + r4 * (high + r4 * top));
    return x > {LEAST} ? polynomial * power_of_two((int)k) : 0.0;
}

";

/// libm's exponential, for arguments up to 0, and the sigmoid by it.
pub(crate) const LIBM_SIGMOID: &str = "\
/* exp(x) for x up to 0 as FreeBSD's libm has it: after a calibration this is the function that is used. */
static double exp_up_to_zero(double x) {
    double hi = x, lo = 0.0, xx, c, y;
    int k = 0;
    if (x < {SMALLEST}) return 0.0;
    if (x <= {HALF_LN2}) {
        k = x <= {THREE_HALVES_LN2} ? (int)({LOG2_E} * x - 0.5) : -1;
        hi = x - k * {LN2_HIGH};
        lo = k * {LN2_LOW};
        x = hi - lo;
    } else if (x > {TINY}) {
        return 1.0 + x;
    }
    xx = x * x;
    c = x - xx * ({P1} + xx * ({P2}
        + xx * ({P3} + xx * ({P4} + xx * {P5}))));
    y = 1.0 + (x * c / (2.0 - c) - lo + hi);
    if (k < -1022) return y * 0x1p-969 * power_of_two(k + 969);
    return y * power_of_two(k);
}

static double sigmoid(double z) {
    double e;
    if (z >= 0.0) return 1.0 / (1.0 + exp_up_to_zero(-z));
    e = exp_up_to_zero(z);
    return e / (1.0 + e);
}

";

/// A curve of a calibration.
pub(crate) const INTERPOLATED: &str = "\
/* On straight lines between points, level beyond them. */
static double interpolated(const double *scores, const double *probabilities, int n, double score) {
    int above = 0;
    while (above < n && scores[above] <= score) above++;
    if (above == 0) return probabilities[0];
    if (above == n) return probabilities[n - 1];
    return probabilities[above - 1] + (score - scores[above - 1]) / (scores[above] - scores[above - 1])
        * (probabilities[above] - probabilities[above - 1]);
}

";
