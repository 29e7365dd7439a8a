// Synapses of the hand-written loop: what a spike sends, and what is delivered when it is due.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "cells.hpp"
#include "input.hpp"

// Synapses of one sender with one delay lie together: one entry of the event list for them all.
struct Run {
    std::int32_t first, count;
    double release;  // share of the transmitter that each of them releases
};

// All synapses with the same receptors.
struct Kind {
    unsigned mask;
    bool gated;
    int family;
    std::vector<std::int32_t> place;      // of the target cell in the blocks
    std::vector<double> weight;           // [synapse * receptors + receptor]
    std::vector<std::vector<Run>> slots;  // event lists: a ring over the delay
    void (*deliver)(const Kind&, double* cells, const std::vector<Run>& due);
};

template <unsigned MASK, bool GATED>
void deliver(const Kind& kind, double* cells, const std::vector<Run>& due) {
    constexpr int receptors = __builtin_popcount(MASK);
    for (const Run& run : due) {
        const double* weight = &kind.weight[static_cast<std::size_t>(run.first) * receptors];
        for (std::int32_t s = run.first; s < run.first + run.count; s++) {
            double* cell = cells + kind.place[s];
            double release = run.release;
            if constexpr (GATED) release /= 1 + cell[(DECAYING + PRESYNAPTIC) * kLanes];
            for (int k = 0; k < RECEPTORS; k++) {
                if (!(MASK & bit(k))) continue;
                const double added = *weight++ * release;
                cell[(DECAYING + k) * kLanes] += added;
                if (kDual[k]) cell[(RISING + k) * kLanes] += added;
            }
        }
    }
}

template <unsigned... MASKS> void choose_delivery(Kind& kind) {
    kind.deliver = nullptr;
    ((kind.mask == MASKS
      && (kind.deliver = kind.gated ? deliver<MASKS, true> : deliver<MASKS, false>, true)),
     ...);
    if (!kind.deliver) fail("a pathway has receptors that no pathway of the circuit gate has");
}

// The terminals of one pathway, by sender. Depression is kept once per sender: all its terminals
// see the same intervals, whatever their delays.
struct Pathway {
    struct Sent {
        std::int32_t delay, first, count;
    };
    Kind* kind;
    double use, per_recovery;
    int first_sender;
    std::vector<std::int32_t> row;  // of `sent`, per sender
    std::vector<Sent> sent;
    std::vector<double> resource, last;  // per sender

    void send(int sender, int step, double dt) {
        const int at = sender - first_sender;
        double release = 1;
        if (use > 0) {
            const double now = step * dt;
            release = 1 - (1 - resource[at]) * std::exp((last[at] - now) * per_recovery);
            resource[at] = release * (1 - use);
            last[at] = now;
        }
        auto& slots = kind->slots;
        const std::size_t wrap = slots.size() - 1;
        for (int r = row[at]; r < row[at + 1]; r++)
            slots[(step + sent[r].delay) & wrap].push_back({sent[r].first, sent[r].count, release});
    }
};

// Append synapses to their kind, by sender and delay, and fill the pathway's rows.
inline void add_synapses(Pathway& path, const std::vector<std::int32_t>& sender,
                         const std::vector<std::int32_t>& place,
                         const std::vector<std::int32_t>& delay,
                         const std::vector<double>& weight) {
    const std::size_t size = sender.size(), receptors = __builtin_popcount(path.kind->mask);
    std::vector<std::size_t> order(size);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return std::make_pair(sender[a], delay[a]) < std::make_pair(sender[b], delay[b]);
    });
    const auto [low, high] = std::minmax_element(sender.begin(), sender.end());
    const std::size_t senders = *high - *low + 1;
    path.first_sender = *low;
    path.row.assign(senders + 1, 0);
    path.resource.assign(senders, 1.0);
    path.last.assign(senders, -1e3);
    Kind& kind = *path.kind;
    std::int32_t before = -1;
    for (const std::size_t s : order) {
        if (sender[s] != before || path.sent.back().delay != delay[s]) {
            path.sent.push_back({delay[s], static_cast<std::int32_t>(kind.place.size()), 0});
            path.row[sender[s] - *low + 1]++;
            before = sender[s];
        }
        path.sent.back().count++;
        kind.place.push_back(place[s]);
        const auto from = weight.begin() + s * receptors;
        kind.weight.insert(kind.weight.end(), from, from + receptors);
    }
    std::partial_sum(path.row.begin(), path.row.end(), path.row.begin());
}
