// The circuit `gate` written by hand: the practical limit that the engine is measured against.
//
//     gate INPUT OUTPUT
//
// INPUT is what pack.py writes; OUTPUT gets one pair (int32 cell, int32 step) per spike; the
// seconds that the loop took go to standard output. The equations, the forward Euler step and the
// order within a step are those of gatecontrol/simulation (equations.py, network.py), in double
// precision; nothing else is shared with it:
//
//   state update -> thresholds -> synaptic events due now, family by family -> resets

#include <chrono>
#include <cstdio>
#include <deque>
#include <vector>

#include "cells.hpp"
#include "input.hpp"
#include "synapses.hpp"

namespace {

constexpr int kFamilies = 4;

struct Population {
    int first, size;  // cells, in the numbering of the circuit
    int block, blocks;
    unsigned mask = 0;
    Shared shared;
    Advance advance;
};

struct Network {
    int cells, senders, steps, longest = 0;
    double dt;
    std::vector<std::int32_t> spike_step, spike_source;
    std::vector<Population> populations;
    std::vector<std::int32_t> place;  // of a cell's first variable among all numbers of the blocks
    std::vector<Block> blocks;
    std::vector<double> reset, jump;
    std::vector<int> refractory;      // steps from a spike until the cell integrates again
    std::deque<Kind> kinds;
    std::deque<Pathway> pathways;
    std::vector<std::vector<Pathway*>> leaving;  // per sender: cells, fibres, background

    double* numbers() { return &blocks[0].at[0][0]; }
};

// The one value that all cells of a population have.
double only(const std::vector<double>& values, const Population& p) {
    for (int i = p.first; i < p.first + p.size; i++)
        if (values[i] != values[p.first]) fail("bias and adaptation must be the same in a population");
    return values[p.first];
}

void read_cells(Input& input, Network& net) {
    const auto v = input.reals(), capacitance = input.reals(), leak = input.reals();
    const auto rest = input.reals(), threshold = input.reals();
    net.reset = input.reals();
    const auto refractory = input.reals(), conductance = input.reals();
    net.jump = input.reals();
    const auto adaptation_time = input.reals(), bias = input.reals();
    const auto decay = input.reals(), rise = input.reals(), reversal = input.reals();
    // a cell that spikes in step k integrates again once steps dt > refractory - dt / 2
    for (const double period : refractory)
        net.refractory.push_back(static_cast<int>(std::floor(period / net.dt - 0.5)) + 1);
    net.populations.resize(input.integer());
    for (Population& p : net.populations) {
        p.first = input.integer();
        p.size = input.integer();
        p.block = net.blocks.size();
        p.blocks = (p.size + kLanes - 1) / kLanes;
        p.shared.bias = only(bias, p);
        p.shared.adaptation_conductance = only(conductance, p);
        p.shared.adaptation_rate = net.dt / only(adaptation_time, p);
        for (int k = 0; k < RECEPTORS; k++) {
            p.shared.keep_decaying[k] = 1 - net.dt / decay[k];
            p.shared.keep_rising[k] = 1 - net.dt / rise[k];
            p.shared.reversal[k] = reversal[k];
        }
        Block empty{};  // lanes without a cell stay at 0 V, below a threshold of 1 V
        std::fill(empty.at[THRESHOLD], empty.at[THRESHOLD] + kLanes, 1.0);
        net.blocks.resize(net.blocks.size() + p.blocks, empty);
        for (int i = 0; i < p.size; i++) {
            Block& block = net.blocks[p.block + i / kLanes];
            const int lane = i % kLanes, cell = p.first + i;
            block.at[V][lane] = v[cell];
            block.at[PER_CAPACITANCE][lane] = net.dt / capacitance[cell];
            block.at[LEAK][lane] = leak[cell];
            block.at[REST][lane] = rest[cell];
            block.at[THRESHOLD][lane] = threshold[cell];
            net.place.push_back((p.block + i / kLanes) * VARIABLES * kLanes + lane);
        }
    }
}

Kind& kind_of(Network& net, unsigned mask, bool gated, int family) {
    for (Kind& kind : net.kinds)
        if (kind.mask == mask && kind.gated == gated && kind.family == family) return kind;
    net.kinds.push_back({mask, gated, family, {}, {}, {}, nullptr});
    constexpr unsigned kInhibition = bit(GABA_A) | bit(PRESYNAPTIC);
    choose_delivery<bit(AMPA), kFast, kC, bit(AMPA) | bit(NK1), bit(GABA_A),
                    kInhibition | bit(GABA_B), kInhibition | bit(GLYCINE),
                    kInhibition | bit(GABA_B) | bit(GLYCINE), bit(MONOAMINE), kDescending>(
        net.kinds.back());
    return net.kinds.back();
}

void read_synapses(Input& input, Network& net) {
    net.leaving.resize(net.senders);
    for (auto remaining = input.integer(); remaining > 0; remaining--) {
        Pathway& path = net.pathways.emplace_back();
        const int family = input.integer();
        const unsigned mask = input.integer();
        const bool gated = input.integer();
        path.kind = &kind_of(net, mask, gated, family);
        path.use = input.real();
        path.per_recovery = 1 / input.real();
        const auto sender = input.integers(), target = input.integers(), delay = input.integers();
        const auto weight = input.reals();
        if (sender.empty()) continue;
        for (Population& p : net.populations)
            if (target[0] >= p.first && target[0] < p.first + p.size) p.mask |= mask;
        std::vector<std::int32_t> place;
        for (const int cell : target) place.push_back(net.place[cell]);
        add_synapses(path, sender, place, delay, weight);
        for (std::size_t s = 0; s + 1 < path.row.size(); s++)
            if (path.row[s] < path.row[s + 1]) net.leaving[path.first_sender + s].push_back(&path);
        net.longest = std::max(net.longest, *std::max_element(delay.begin(), delay.end()));
    }
    std::size_t slots = 1;
    while (slots <= static_cast<std::size_t>(net.longest)) slots *= 2;
    for (Kind& kind : net.kinds) kind.slots.resize(slots);
}

std::vector<std::int32_t> simulate(Network& net) {
    struct Held {
        int cell, until;
    };
    std::vector<std::int32_t> spikes, fired;
    std::vector<Held> held;
    // Families act one after the other: the gate of an excitatory terminal is read before the
    // inhibition of the same step changes it.
    std::vector<Kind*> kinds;
    for (int family = 0; family < kFamilies; family++)
        for (Kind& kind : net.kinds)
            if (kind.family == family) kinds.push_back(&kind);
    double* numbers = net.numbers();
    std::size_t next = 0;
    for (int step = 0; step < net.steps; step++) {
        unsigned above = 0;
        for (std::size_t p = 0; p < net.populations.size(); p++) {
            Population& population = net.populations[p];
            Block* first = &net.blocks[population.block];
            above |= population.advance(first, first + population.blocks, population.shared) << p;
        }
        std::size_t kept = 0;
        for (const Held& h : held) {
            if (step >= h.until) continue;
            numbers[net.place[h.cell] + V * kLanes] = net.reset[h.cell];
            held[kept++] = h;
        }
        held.resize(kept);
        fired.clear();
        for (std::size_t p = 0; above >> p; p++)
            if (above >> p & 1)
                for (int i = 0; i < net.populations[p].size; i++) {
                    const int cell = net.populations[p].first + i;
                    const double* x = numbers + net.place[cell];
                    if (x[V * kLanes] > x[THRESHOLD * kLanes]) fired.push_back(cell);
                }
        for (; next < net.spike_step.size() && net.spike_step[next] == step; next++) {
            const int sender = net.cells + net.spike_source[next];
            for (Pathway* path : net.leaving[sender]) path->send(sender, step, net.dt);
        }
        for (const int cell : fired)
            for (Pathway* path : net.leaving[cell]) path->send(cell, step, net.dt);
        for (Kind* kind : kinds) {
            auto& due = kind->slots[step & (kind->slots.size() - 1)];
            kind->deliver(*kind, numbers, due);
            due.clear();
        }
        for (const int cell : fired) {
            double* x = numbers + net.place[cell];
            x[V * kLanes] = net.reset[cell];
            x[ADAPTATION * kLanes] += net.jump[cell];
            held.push_back({cell, step + net.refractory[cell]});
            spikes.push_back(cell);
            spikes.push_back(step);
        }
    }
    return spikes;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) fail("usage: gate INPUT OUTPUT");
    Input input(argv[1]);
    Network net;
    net.cells = input.integer();
    net.senders = input.integer();
    net.steps = input.integer();
    net.dt = input.real();
    net.spike_step = input.integers();
    net.spike_source = input.integers();
    read_cells(input, net);
    read_synapses(input, net);
    for (Population& p : net.populations) p.advance = advance_of(p.mask);

    const auto began = std::chrono::steady_clock::now();
    const auto spikes = simulate(net);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::printf("%.6f\n", took.count());

    std::FILE* output = std::fopen(argv[2], "wb");
    if (!output || std::fwrite(spikes.data(), 4, spikes.size(), output) != spikes.size()
        || std::fclose(output))
        fail("cannot write the spikes");
    return 0;
}
