// W3 as a C++ user would write it by hand: one thread, one hash map for each window of 10 s. Counts the bids
// of each auction and keeps the highest.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <unordered_map>

namespace {

constexpr int64_t kWindow = 10'000;
constexpr int64_t kBound = 1'000;

struct Bids {
  int64_t count = 0;
  int64_t most = 0;
};

/// A number and the comma behind it.
int64_t number(const char*& at) {
  int64_t value = 0;
  for (; *at >= '0' && *at <= '9'; ++at) value = value * 10 + (*at - '0');
  ++at;
  return value;
}

const char* behind(const char* at, const char* end, char mark) {
  const void* found = std::memchr(at, mark, static_cast<size_t>(end - at));
  return found ? static_cast<const char*>(found) + 1 : end;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: window_loop BID.CSV\n");
    return 2;
  }
  auto began = std::chrono::steady_clock::now();
  std::ifstream file(argv[1], std::ios::binary | std::ios::ate);
  std::string text(static_cast<size_t>(file.tellg()), '\0');
  file.seekg(0);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));

  std::map<int64_t, std::unordered_map<int64_t, Bids>> windows;
  int64_t watermark = 0;
  size_t results = 0;
  auto fire = [&](auto window) {
    char line[96];
    for (const auto& [auction, bids] : window->second) {
      results += std::snprintf(line, sizeof line, "%lld,%lld,%lld,%lld", static_cast<long long>(auction),
                               static_cast<long long>(window->first), static_cast<long long>(bids.count),
                               static_cast<long long>(bids.most)) > 0;
    }
    windows.erase(window);
  };
  std::unordered_map<int64_t, Bids>* current = nullptr;
  int64_t current_end = -1;
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at < end;) {
    int64_t auction = number(at);
    number(at);
    int64_t price = number(at);
    at = behind(behind(at, end, ','), end, ',');
    int64_t time = number(at);
    at = behind(at, end, '\n');
    if (int64_t window = time / kWindow * kWindow + kWindow; window != current_end) {
      current = &windows[window];
      current_end = window;
    }
    Bids& bids = (*current)[auction];
    ++bids.count;
    if (price > bids.most) bids.most = price;
    if (time - kBound - 1 <= watermark) continue;
    watermark = time - kBound - 1;
    while (!windows.empty() && windows.begin()->first - 1 <= watermark) {
      fire(windows.begin());
      current_end = -1;
    }
  }
  while (!windows.empty()) fire(windows.begin());
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf("{\"seconds\": %f, \"results\": %zu}\n", took.count(), results);
}
