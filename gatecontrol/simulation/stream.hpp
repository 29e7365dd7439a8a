// How a compiled network talks: numbers in on standard input, numbers out on standard output.
//
// in:  every input array in the order of the manifest, then stretches of source spikes
//      (int64 stop, int64 count, int32 step[count], int32 source[count]), then -1
// out: int64 greeting, then per stretch int64 count, int32 cell[count], double time[count], and
//      per trace int64 rows, double value[rows][columns]; then -1, int64 step reached, per
//      watched array the double mean of its magnitudes, and per checked array its double sum
//
// A read or write that falls short ends the program with a message and code 3.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace gatecontrol {

inline void fail(const char* what) {
    std::fprintf(stderr, "the compiled network could not %s\n", what);
    std::exit(3);
}

template <class T>
void read(T* to, std::size_t count, const char* what) {
    if (count && std::fread(to, sizeof(T), count, stdin) != count) fail(what);
}

template <class T>
void read(std::vector<T>& to, std::size_t count, const char* what) {
    if (to.size() != count) fail(what);
    read(to.data(), count, what);
}

template <class T>
void write(const T* from, std::size_t count) {
    if (count && std::fwrite(from, sizeof(T), count, stdout) != count) fail("write its spikes");
}

inline std::int64_t read_integer(const char* what) {
    std::int64_t number;
    read(&number, 1, what);
    return number;
}

inline void write_integer(std::int64_t number) { write(&number, 1); }

inline void flush() {
    if (std::fflush(stdout)) fail("write its spikes");
}

// Write and forget the rows of a two-dimensional array of Brian2.
template <class T>
void write_rows(T& array) {
    // of other types in other versions of Brian2, which the overloads of resize tell apart
    const int rows = static_cast<int>(array.n), columns = static_cast<int>(array.m);
    write_integer(rows);
    std::vector<double> row(columns);
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) row[j] = array(i, j);
        write(row.data(), row.size());
    }
    array.resize(0, columns);
}

template <class T>
void write_magnitude(const T* from, std::size_t count) {
    double sum = 0;
    for (std::size_t k = 0; k < count; k++) sum += from[k] < 0 ? -from[k] : from[k];
    sum /= count;
    write(&sum, 1);
}

template <class T>
void write_sum(const T* from, std::size_t count) {
    double sum = 0;
    for (std::size_t k = 0; k < count; k++) sum += from[k];
    write(&sum, 1);
}

template <class T>
void write_sum(const std::vector<T>& from, std::size_t count) {
    if (from.size() != count) fail("keep its inputs");
    write_sum(from.data(), count);
}

}  // namespace gatecontrol
