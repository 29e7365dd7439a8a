// Cells of the hand-written loop: state in blocks of eight, and one forward Euler step of them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

// Receptors in the order of gatecontrol.circuits.model.RECEPTORS.
enum { AMPA, NMDA, NK1, GABA_A, GLYCINE, GABA_B, MONOAMINE, PRESYNAPTIC, RECEPTORS };
constexpr bool kDual[RECEPTORS] = {false, true, true, false, false, true, true, false};
constexpr unsigned bit(int receptor) { return 1u << receptor; }

constexpr unsigned kFast = bit(AMPA) | bit(NMDA);
constexpr unsigned kC = kFast | bit(NK1);
constexpr unsigned kDescending = bit(MONOAMINE) | bit(PRESYNAPTIC);
constexpr unsigned kExcitatory = kC | bit(GABA_A) | bit(GABA_B) | kDescending;
constexpr unsigned kLamina1 = kC | bit(GABA_A) | bit(GLYCINE) | kDescending;
constexpr unsigned kDeep = kExcitatory | bit(GLYCINE);

// Variables of a cell. Receptor k decays at DECAYING + k and, if dual, rises at RISING + k.
enum {
    V, ADAPTATION, PER_CAPACITANCE, LEAK, REST, THRESHOLD,
    DECAYING, RISING = DECAYING + RECEPTORS, VARIABLES = RISING + RECEPTORS
};

// Eight cells; each variable fills one cache line, so what is not used is not fetched.
constexpr int kLanes = 8;
struct alignas(64) Block {
    double at[VARIABLES][kLanes];
};

// exp(x) for moderate x, inline, so that the loop around it keeps its registers: the power of two
// apart, then the Taylor polynomial of degree 12 on |r| < 0.35 (error below 1e-15).
inline double exponential(double x) {
    const double whole = std::rint(x * 1.4426950408889634);
    const double r = x - whole * 0x1.62e42fefa39efp-1;
    double p = 1 / 479001600.0;
    for (const double c : {1 / 39916800.0, 1 / 3628800.0, 1 / 362880.0, 1 / 40320.0, 1 / 5040.0,
                           1 / 720.0, 1 / 120.0, 1 / 24.0, 1 / 6.0, 0.5, 1.0, 1.0})
        p = p * r + c;
    const std::int64_t bits = std::int64_t{static_cast<std::int32_t>(whole) + 1023} << 52;
    double power;
    std::memcpy(&power, &bits, sizeof power);
    return p * power;
}

// Numbers that the cells of a population share (the gate has no spread on them).
struct Shared {
    double keep_decaying[RECEPTORS], keep_rising[RECEPTORS], reversal[RECEPTORS];
    double bias, adaptation_conductance, adaptation_rate;
};

// One step of a population with the receptors of MASK; returns whether any cell is above
// threshold. Refractory cells are stepped like the others and put back afterwards.
template <unsigned MASK>
bool advance(Block* first, Block* last, const Shared& shared) {
    const Shared q = shared;
    double excess[kLanes];
    std::fill(excess, excess + kLanes, -1.0);
    for (Block* block = first; block != last; block++) {
        auto& x = block->at;
#pragma GCC ivdep
        for (int i = 0; i < kLanes; i++) {
            const double v = x[V][i], w = x[ADAPTATION][i], off_rest = v - x[REST][i];
            double current = q.bias - w - x[LEAK][i] * off_rest;
#define RECEPTOR(k)                                                              \
    if constexpr (MASK & bit(k)) {                                               \
        double open = x[DECAYING + k][i];                                        \
        x[DECAYING + k][i] = open * q.keep_decaying[k];                          \
        if constexpr (kDual[k]) {                                                \
            const double rising = x[RISING + k][i];                              \
            x[RISING + k][i] = rising * q.keep_rising[k];                        \
            open -= rising;                                                      \
        }                                                                        \
        if constexpr (k == NMDA) open /= 1 + exponential(-62 * v) * (1 / 3.57);  \
        if constexpr (k != PRESYNAPTIC) current += open * (q.reversal[k] - v);   \
    }
            RECEPTOR(AMPA)
            RECEPTOR(NMDA)
            RECEPTOR(NK1)
            RECEPTOR(GABA_A)
            RECEPTOR(GLYCINE)
            RECEPTOR(GABA_B)
            RECEPTOR(MONOAMINE)
            RECEPTOR(PRESYNAPTIC)
#undef RECEPTOR
            x[ADAPTATION][i] = w + q.adaptation_rate * (q.adaptation_conductance * off_rest - w);
            const double stepped = v + x[PER_CAPACITANCE][i] * current;
            x[V][i] = stepped;
            excess[i] = std::max(excess[i], stepped - x[THRESHOLD][i]);
        }
    }
    return *std::max_element(excess, excess + kLanes) > 0;
}

using Advance = bool (*)(Block*, Block*, const Shared&);

inline Advance advance_of(unsigned mask) {
    switch (mask) {
    case kFast: return advance<kFast>;
    case kExcitatory: return advance<kExcitatory>;
    case kDeep: return advance<kDeep>;
    case kLamina1: return advance<kLamina1>;
    default: return advance<(1u << RECEPTORS) - 1>;
    }
}
