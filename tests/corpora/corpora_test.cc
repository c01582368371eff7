// Each fuzzer (fuzz/) over the inputs that are kept for it: as they are, cut off, and with one byte
// changed. No search for new ones, which is what fuzz/run does; what that found stays found. In
// ./test sanitizers this runs under them.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

// FUZZER(name) for each, written by fuzz/CMakeLists.txt.
#define FUZZER(name) extern "C" int Fuzz_##name(const uint8_t* data, size_t size);
#include "fuzzers.inc"
#undef FUZZER

namespace {

namespace fs = std::filesystem;

using Fuzzer = int (*)(const uint8_t*, size_t);

// At most about this many cuts, and as many changes, of one input: long ones are sampled.
constexpr size_t kVariants = 256;

// A copy of its own size, so that AddressSanitizer sees a read behind its end.
void Run(Fuzzer fuzzer, const std::vector<uint8_t>& input) {
  const std::vector<uint8_t> copy(input);
  EXPECT_EQ(fuzzer(copy.data(), copy.size()), 0);
}

void RunAll(Fuzzer fuzzer, std::vector<uint8_t> input) {
  Run(fuzzer, input);
  const size_t step = input.size() / kVariants + 1;
  for (size_t at = 0; at < input.size(); at += step) {
    Run(fuzzer,
        std::vector<uint8_t>(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(at)));
    for (const int bits : {0x01, 0x80, 0xFF}) {
      input[at] = static_cast<uint8_t>(input[at] ^ bits);
      Run(fuzzer, input);
      input[at] = static_cast<uint8_t>(input[at] ^ bits);
    }
  }
}

void RunKept(Fuzzer fuzzer, const std::string& name) {
  Run(fuzzer, {});
  const fs::path folder = fs::path(SALLYPORT_CORPORA) / name;
  ASSERT_TRUE(fs::is_directory(folder)) << "a fuzzer has seeds";
  for (const auto& entry : fs::directory_iterator(folder)) {
    // The last one that is shown is the one that failed.
    std::cout << entry.path() << std::endl;
    std::ifstream file(entry.path(), std::ios::binary);
    RunAll(fuzzer, {std::istreambuf_iterator<char>(file), {}});
  }
}

#define FUZZER(name)              \
  TEST(Corpus, name) {            \
    RunKept(&Fuzz_##name, #name); \
  }
#include "fuzzers.inc"
#undef FUZZER

}  // namespace
