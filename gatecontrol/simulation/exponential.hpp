#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

// exp(x): the power of two apart, then the Taylor polynomial of degree 12 for |r| < 0.35, whose
// remainder is below 2e-16. Branch-free, so that loops around it are vectorised.
inline double gatecontrol_exponential(double x) {
    x = x < -700.0 ? -700.0 : x;
    x = x > 700.0 ? 700.0 : x;
    const double whole = std::rint(x * 1.4426950408889634);
    const double r = x - whole * 0.6931471805599453;
    // by Estrin's scheme: pairs of terms side by side, not one after the other
    const double r2 = r * r, r4 = r2 * r2, r8 = r4 * r4;
    const double low = (1.0 + r) + r2 * (1 / 2.0 + r * (1 / 6.0));
    const double middle = (1 / 24.0 + r * (1 / 120.0)) + r2 * (1 / 720.0 + r * (1 / 5040.0));
    const double high = (1 / 40320.0 + r * (1 / 362880.0)) + r2 * (1 / 3628800.0 + r * (1 / 39916800.0));
    const double p = low + r4 * middle + r8 * (high + r4 * (1 / 479001600.0));
    // 1.5 * 2^52 more: the lowest bits of the sum are the whole number, in two's complement
    const double shifted = whole + 6755399441055744.0;
    std::int64_t bits;
    std::memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 1023) << 52;
    double power;
    std::memcpy(&power, &bits, sizeof power);
    return p * power;
}
