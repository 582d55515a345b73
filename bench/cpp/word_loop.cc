// The word count that a C++ user would write by hand: one thread, one hash map.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

struct ViewHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: word_loop WORDS.TXT\n");
    return 2;
  }
  auto began = std::chrono::steady_clock::now();
  std::unordered_map<std::string, long, ViewHash, std::equal_to<>> counts;
  std::ifstream lines(argv[1]);
  std::string line;
  while (std::getline(lines, line)) {
    std::string_view rest = line;
    for (;;) {
      size_t end = rest.find(' ');
      auto word = rest.substr(0, end);
      auto found = counts.find(word);
      if (found == counts.end()) found = counts.emplace(word, 0).first;
      ++found->second;
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
    }
  }
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf("{\"seconds\": %f, \"keys\": %zu}\n", took.count(), counts.size());
}
