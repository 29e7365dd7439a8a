// Reading what pack.py writes: single numbers, and arrays after their length.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

[[noreturn]] inline void fail(const std::string& what) {
    std::fprintf(stderr, "gate: %s\n", what.c_str());
    std::exit(1);
}

class Input {
  public:
    explicit Input(const char* path) : file_(std::fopen(path, "rb")) {
        if (!file_) fail(std::string("cannot read ") + path);
    }
    ~Input() { std::fclose(file_); }
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;

    std::int64_t integer() { return one<std::int64_t>(); }
    double real() { return one<double>(); }
    std::vector<std::int32_t> integers() { return many<std::int32_t>(); }
    std::vector<double> reals() { return many<double>(); }

  private:
    template <class T> T one() {
        T value;
        if (std::fread(&value, sizeof value, 1, file_) != 1) fail("the input is too short");
        return value;
    }
    template <class T> std::vector<T> many() {
        std::vector<T> values(integer());
        if (std::fread(values.data(), sizeof(T), values.size(), file_) != values.size())
            fail("the input is too short");
        return values;
    }

    std::FILE* file_;
};
