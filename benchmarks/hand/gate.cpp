// The circuit `gate` written by hand: the practical limit that the engine is measured against.
//
//     gate INPUT OUTPUT
//
// INPUT is what `pack.py` writes; OUTPUT gets one (int32 neuron, int32 step) pair per spike.
// The equations, the forward Euler step and the order of events within a step are those of
// gatecontrol/simulation (equations.py, network.py); nothing else is shared with it:
//
//   state update -> thresholds -> synaptic events due now, family by family -> resets
//
// What makes it fast: only the receptors that a population receives are stepped, in one
// vectorised loop per population; an event reads one record; depression is computed once per
// fibre and pathway (all terminals of a fibre see the same intervals); no bookkeeping.

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

// Receptors in the order of gatecontrol.circuits.model.RECEPTORS.
enum { AMPA, NMDA, NK1, GABA_A, GLYCINE, GABA_B, MONOAMINE, PRESYNAPTIC, RECEPTORS };
constexpr bool kDual[RECEPTORS] = {false, true, true, false, false, true, true, false};
constexpr unsigned bit(int receptor) { return 1u << receptor; }

constexpr unsigned kFast = bit(AMPA) | bit(NMDA);
constexpr unsigned kC = kFast | bit(NK1);
constexpr unsigned kSlow = bit(NMDA) | bit(NK1);
constexpr unsigned kDescending = bit(MONOAMINE) | bit(PRESYNAPTIC);
constexpr unsigned kExcitatory = kC | bit(GABA_A) | bit(GABA_B) | kDescending;
constexpr unsigned kLamina1 = kC | bit(GABA_A) | bit(GLYCINE) | kDescending;
constexpr unsigned kDeep = kExcitatory | bit(GLYCINE);

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "gate: %s\n", what.c_str());
    std::exit(1);
}

class Input {
  public:
    explicit Input(const char* path) : file_(std::fopen(path, "rb")) {
        if (!file_) fail(std::string("cannot read ") + path);
    }
    ~Input() { std::fclose(file_); }
    template <class T> T one() {
        T value;
        if (std::fread(&value, sizeof value, 1, file_) != 1) fail("the input is too short");
        return value;
    }
    template <class T> std::vector<T> many() {
        std::vector<T> values(one<std::int64_t>());
        if (std::fread(values.data(), sizeof(T), values.size(), file_) != values.size())
            fail("the input is too short");
        return values;
    }

  private:
    std::FILE* file_;
};

using Doubles = std::vector<double>;

// Cell variables, one array each over all cells.
struct Cells {
    Doubles v, adaptation, ready;  // ready: step from which the cell integrates again
    Doubles per_capacitance, leak, rest, threshold, reset, refractory;
    Doubles adaptation_conductance, adaptation_rate, jump, bias;
    Doubles decaying[RECEPTORS], rising[RECEPTORS];
};

struct Kinetics {
    double keep_decaying[RECEPTORS], keep_rising[RECEPTORS], reversal[RECEPTORS];
};

// One forward Euler step of the cells [first, last), with the receptors of MASK only.
// Returns whether any of them is above threshold.
template <unsigned MASK>
bool advance(Cells& cells, const Kinetics& kinetics, int first, int last, double now) {
    double* __restrict v = cells.v.data();
    double* __restrict w = cells.adaptation.data();
    double* __restrict d[RECEPTORS];
    double* __restrict r[RECEPTORS];
    for (int k = 0; k < RECEPTORS; k++) d[k] = cells.decaying[k].data(), r[k] = cells.rising[k].data();
    const double* __restrict ready = cells.ready.data();
    const double* __restrict per_capacitance = cells.per_capacitance.data();
    const double* __restrict leak = cells.leak.data();
    const double* __restrict rest = cells.rest.data();
    const double* __restrict threshold = cells.threshold.data();
    const double* __restrict conductance = cells.adaptation_conductance.data();
    const double* __restrict rate = cells.adaptation_rate.data();
    const double* __restrict bias = cells.bias.data();
    const Kinetics q = kinetics;
    int above = 0;
#pragma GCC ivdep
    for (int i = first; i < last; i++) {
        const double v0 = v[i], w0 = w[i], off_rest = v0 - rest[i];
        double current = bias[i] - w0 - leak[i] * off_rest;
        // unrolled by the compiler: MASK and k are constants
#define RECEPTOR(k)                                                            \
    if constexpr (MASK & bit(k)) {                                             \
        double open = d[k][i];                                                 \
        d[k][i] = open * q.keep_decaying[k];                                   \
        if constexpr (kDual[k]) {                                              \
            const double rising = r[k][i];                                     \
            open -= rising;                                                    \
            r[k][i] = rising * q.keep_rising[k];                               \
        }                                                                      \
        if constexpr (k == NMDA) open /= 1 + std::exp(-62 * v0) * (1 / 3.57);  \
        if constexpr (k != PRESYNAPTIC) current += open * (q.reversal[k] - v0); \
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
        w[i] = w0 + rate[i] * (conductance[i] * off_rest - w0);
        const double v1 = v0 + (now >= ready[i] ? per_capacitance[i] * current : 0.0);
        v[i] = v1;
        above |= v1 > threshold[i];
    }
    return above;
}

using Advance = bool (*)(Cells&, const Kinetics&, int, int, double);

Advance advance_of(unsigned mask) {
    switch (mask) {
    case kFast: return advance<kFast>;
    case kExcitatory: return advance<kExcitatory>;
    case kDeep: return advance<kDeep>;
    case kLamina1: return advance<kLamina1>;
    default: return advance<(1u << RECEPTORS) - 1>;
    }
}

// One event of an event list: which synapse, and how much transmitter it releases.
struct Event {
    std::int32_t synapse;
    double release;
};

// All synapses with the same receptors; a record holds the target and one weight a receptor.
struct Kind {
    unsigned mask = 0;
    bool gated = false;
    int family = 0, weights = 0;
    std::vector<std::int32_t> post;
    Doubles weight;                         // [synapse * weights + receptor]
    std::vector<std::vector<Event>> slots;  // ring buffer over the delay
    void (*deliver)(Kind&, Cells&, std::vector<Event>&) = nullptr;
};

template <unsigned MASK, bool GATED>
void deliver(Kind& kind, Cells& cells, std::vector<Event>& due) {
    constexpr int weights = __builtin_popcount(MASK);
    for (const Event& event : due) {
        const int post = kind.post[event.synapse];
        const double* weight = &kind.weight[static_cast<std::size_t>(event.synapse) * weights];
        double release = event.release;
        if constexpr (GATED) release /= 1 + cells.decaying[PRESYNAPTIC][post];
        for (int k = 0; k < RECEPTORS; k++) {
            if (!(MASK & bit(k))) continue;
            const double added = *weight++ * release;
            cells.decaying[k][post] += added;
            if (kDual[k]) cells.rising[k][post] += added;
        }
    }
    due.clear();
}

template <unsigned MASK> void choose(Kind& kind) {
    if (kind.mask == MASK) kind.deliver = kind.gated ? deliver<MASK, true> : deliver<MASK, false>;
}

void choose_delivery(Kind& kind) {
    choose<bit(AMPA)>(kind);
    choose<kFast>(kind);
    choose<kC>(kind);
    choose<bit(AMPA) | bit(NK1)>(kind);
    choose<kSlow>(kind);
    choose<bit(GABA_A)>(kind);
    choose<bit(GABA_A) | bit(GLYCINE) | bit(GABA_B) | bit(PRESYNAPTIC)>(kind);
    choose<bit(GABA_A) | bit(GABA_B) | bit(PRESYNAPTIC)>(kind);
    choose<bit(GABA_A) | bit(GLYCINE) | bit(PRESYNAPTIC)>(kind);
    choose<bit(MONOAMINE)>(kind);
    choose<kDescending>(kind);
    if (!kind.deliver) fail("a pathway with receptors that the circuit gate does not have");
}

// The terminals of a pathway, by presynaptic cell (compressed rows).
struct Pathway {
    int kind;
    bool depressing;
    double use, per_recovery;
    int first_pre;
    std::vector<std::int32_t> row, synapse, delay;
    Doubles resource, last;  // per presynaptic cell
};

double seconds() {
    using clock = std::chrono::steady_clock;
    return std::chrono::duration<double>(clock::now().time_since_epoch()).count();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) fail("usage: gate INPUT OUTPUT");
    Input input(argv[1]);
    const int n = input.one<std::int64_t>(), senders = input.one<std::int64_t>();
    const int steps = input.one<std::int64_t>();
    const double dt = input.one<double>();
    const auto spike_step = input.many<std::int32_t>(), spike_source = input.many<std::int32_t>();

    Cells cells;
    cells.v = input.many<double>();
    Doubles capacitance = input.many<double>();
    cells.leak = input.many<double>();
    cells.rest = input.many<double>();
    cells.threshold = input.many<double>();
    cells.reset = input.many<double>();
    Doubles refractory = input.many<double>();
    cells.adaptation_conductance = input.many<double>();
    cells.jump = input.many<double>();
    Doubles adaptation_time = input.many<double>();
    cells.bias = input.many<double>();
    cells.adaptation.assign(n, 0.0);
    cells.ready.assign(n, -1.0);
    for (int i = 0; i < n; i++) {
        cells.per_capacitance.push_back(dt / capacitance[i]);
        cells.adaptation_rate.push_back(dt / adaptation_time[i]);
        // the steps that the cell stays out: those that end within the refractory period
        cells.refractory.push_back(std::floor(refractory[i] / dt - 0.5) + 2);
    }
    const auto decay = input.many<double>(), rise = input.many<double>();
    const auto reversal = input.many<double>();
    Kinetics kinetics;
    for (int k = 0; k < RECEPTORS; k++) {
        kinetics.keep_decaying[k] = 1 - dt / decay[k];
        kinetics.keep_rising[k] = 1 - dt / rise[k];
        kinetics.reversal[k] = reversal[k];
        cells.decaying[k].assign(n, 0.0);
        cells.rising[k].assign(n, 0.0);
    }

    struct Population {
        int first, last;
        unsigned mask;
        Advance advance;
    };
    std::vector<Population> populations(input.one<std::int64_t>());
    for (auto& p : populations) {
        p.first = input.one<std::int64_t>();
        p.last = input.one<std::int64_t>();
        p.mask = 0;
    }

    std::vector<Kind> kinds;
    std::vector<Pathway> pathways(input.one<std::int64_t>());
    std::vector<std::vector<int>> leaving(senders);  // pathways that leave a cell or source
    int longest = 0;
    for (std::size_t p = 0; p < pathways.size(); p++) {
        Pathway& path = pathways[p];
        const int family = input.one<std::int64_t>();
        const unsigned mask = input.one<std::int64_t>();
        const bool gated = input.one<std::int64_t>();
        path.use = input.one<double>();
        path.per_recovery = 1 / input.one<double>();
        path.depressing = path.use > 0;
        const auto pre = input.many<std::int32_t>(), post = input.many<std::int32_t>();
        const auto delay = input.many<std::int32_t>();
        const auto weight = input.many<double>();
        const std::size_t size = pre.size(), weights = __builtin_popcount(mask);
        if (!size) continue;
        std::size_t k = 0;
        while (k < kinds.size()
               && !(kinds[k].mask == mask && kinds[k].gated == gated && kinds[k].family == family))
            k++;
        if (k == kinds.size()) {
            kinds.emplace_back();
            kinds[k].mask = mask, kinds[k].gated = gated, kinds[k].family = family;
            kinds[k].weights = weights;
            choose_delivery(kinds[k]);
        }
        path.kind = k;
        for (auto& population : populations)
            if (post[0] >= population.first && post[0] < population.last) population.mask |= mask;
        int low = pre[0], high = pre[0];
        for (int s : pre) low = s < low ? s : low, high = s > high ? s : high;
        path.first_pre = low;
        path.row.assign(high - low + 2, 0);
        for (int s : pre) path.row[s - low + 1]++;
        for (int s = low; s <= high; s++) {
            if (path.row[s - low + 1]) leaving[s].push_back(p);
            path.row[s - low + 1] += path.row[s - low];
        }
        path.synapse.resize(size), path.delay.resize(size);
        path.resource.assign(high - low + 1, 1.0), path.last.assign(high - low + 1, -1e3);
        std::vector<std::int32_t> fill(path.row.begin(), path.row.end() - 1);
        const std::size_t base = kinds[k].post.size();
        kinds[k].post.resize(base + size), kinds[k].weight.resize((base + size) * weights);
        for (std::size_t s = 0; s < size; s++) {
            const std::size_t at = fill[pre[s] - low]++;
            path.synapse[at] = base + at, path.delay[at] = delay[s];
            kinds[k].post[base + at] = post[s];
            for (std::size_t c = 0; c < weights; c++)
                kinds[k].weight[(base + at) * weights + c] = weight[s * weights + c];
            longest = delay[s] > longest ? delay[s] : longest;
        }
    }
    for (auto& population : populations) population.advance = advance_of(population.mask);
    int slots = 1;
    while (slots <= longest) slots *= 2;
    // families act one after the other: the gate of an excitatory terminal is read before the
    // inhibition of the same step changes it
    std::vector<int> order;
    for (int family = 0; family < 4; family++)
        for (std::size_t k = 0; k < kinds.size(); k++)
            if (kinds[k].family == family) order.push_back(k);
    for (auto& kind : kinds) kind.slots.resize(slots);

    const double began = seconds();
    std::vector<std::int32_t> spikes, fired;
    std::size_t next = 0;
    auto send = [&](int sender, int step) {
        for (int p : leaving[sender]) {
            Pathway& path = pathways[p];
            const int row = sender - path.first_pre;
            double release = 1;
            if (path.depressing) {
                const double now = step * dt;
                release = 1 - (1 - path.resource[row]) * std::exp((path.last[row] - now) * path.per_recovery);
                path.resource[row] = release * (1 - path.use);
                path.last[row] = now;
            }
            auto& ring = kinds[path.kind].slots;
            for (int s = path.row[row]; s < path.row[row + 1]; s++)
                ring[(step + path.delay[s]) & (slots - 1)].push_back({path.synapse[s], release});
        }
    };
    for (int step = 0; step < steps; step++) {
        fired.clear();
        for (auto& p : populations)
            if (p.advance(cells, kinetics, p.first, p.last, step))
                for (int i = p.first; i < p.last; i++)
                    if (cells.v[i] > cells.threshold[i]) fired.push_back(i);
        for (; next < spike_step.size() && spike_step[next] == step; next++)
            send(n + spike_source[next], step);
        for (int i : fired) send(i, step);
        for (int k : order) kinds[k].deliver(kinds[k], cells, kinds[k].slots[step & (slots - 1)]);
        for (int i : fired) {
            cells.v[i] = cells.reset[i];
            cells.adaptation[i] += cells.jump[i];
            cells.ready[i] = step + cells.refractory[i];
            spikes.push_back(i), spikes.push_back(step);
        }
    }
    std::printf("%.6f\n", seconds() - began);  // the loop alone, without reading and writing

    std::FILE* output = std::fopen(argv[2], "wb");
    if (!output || std::fwrite(spikes.data(), 4, spikes.size(), output) != spikes.size()
        || std::fclose(output))
        fail("cannot write the spikes");
    return 0;
}
