// Outputs of libpcg-cpp's pcg64, the reference for engine/random/pcg64.h.
//
// Each line of standard input: state and sequence, each as two hexadecimal halves, and a count of
// outputs to skip (decimal, below 2^64). For each, one line: the next output in hexadecimal.
#include <cstdint>
#include <cstdio>

#include <pcg_random.hpp>

int main()
{
    unsigned long long state_high, state_low, sequence_high, sequence_low, skipped;
    while (std::scanf("%llx %llx %llx %llx %llu", &state_high, &state_low, &sequence_high,
                      &sequence_low, &skipped) == 5) {
        using wide = pcg_extras::pcg128_t;
        pcg64 generator((wide(state_high) << 64) | wide(state_low),
                        (wide(sequence_high) << 64) | wide(sequence_low));
        generator.advance(wide(skipped));
        std::printf("%016llx\n", static_cast<unsigned long long>(generator()));
    }
    return 0;
}
