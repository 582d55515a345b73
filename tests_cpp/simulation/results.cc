#include "simulation/results.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>

namespace pf::testing {
namespace {

constexpr const char* kNth = " #";
constexpr const char* kAmount = " = ";

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

bool is_window(const std::string& text) { return text.starts_with('['); }

std::string sorted_window(const std::string& text) {
  std::vector<std::string> words = words_of(text);
  std::sort(words.begin() + 1, words.end());
  std::string sorted = words.front();
  for (size_t i = 1; i < words.size(); ++i) sorted.append(" ").append(words[i]);
  return sorted;
}

std::vector<std::string> in_order(const std::vector<std::string>& results) {
  std::set<std::string> said;
  std::vector<std::string> all;
  for (const std::string& result : results) {
    if (result.starts_with("control ") && !said.insert(result).second) continue;
    all.push_back(is_window(result) ? sorted_window(result) : result);
  }
  std::sort(all.begin(), all.end());
  return all;
}

/// One for each record that a text counts: the first to the nth of an amount, each of a window.
std::set<std::string> statements_of(const std::vector<std::string>& results) {
  std::set<std::string> all;
  for (const std::string& result : results) {
    if (is_window(result)) {
      std::vector<std::string> words = words_of(result);
      for (size_t i = 1; i < words.size(); ++i) all.insert(words[0] + " " + words[i]);
    } else if (const size_t at = result.find(kAmount); at != std::string::npos) {
      const int amount = std::stoi(result.substr(at + std::string(kAmount).size()));
      for (int n = 1; n <= amount; ++n) all.insert(result.substr(0, at) + kNth + std::to_string(n));
    } else {
      all.insert(result);
    }
  }
  return all;
}

std::string subject_of(const std::string& statement) { return statement.substr(0, statement.find(kNth)); }

template <typename Texts>
void add_missing(const char* what, const Texts& some, const Texts& other, std::vector<std::string>& wrong) {
  Texts missing;
  std::set_difference(some.begin(), some.end(), other.begin(), other.end(),
                      std::inserter(missing, missing.end()));
  for (const std::string& one : missing) wrong.push_back(what + one);
}

}  // namespace

std::vector<std::string> differences_from(const std::vector<std::string>& expected,
                                          const std::vector<std::string>& committed) {
  const std::vector<std::string> wanted = in_order(expected);
  const std::vector<std::string> found = in_order(committed);
  std::vector<std::string> wrong;
  add_missing("lost: ", wanted, found, wrong);
  add_missing("too much: ", found, wanted, wrong);
  return wrong;
}

std::vector<std::string> losses_from(const std::vector<std::string>& expected,
                                     const std::vector<std::string>& possible,
                                     const std::vector<std::string>& committed) {
  const std::set<std::string> wanted = statements_of(expected);
  const std::set<std::string> found = statements_of(committed);
  std::set<std::string> subjects;
  for (const std::string& statement : statements_of(possible)) subjects.insert(subject_of(statement));
  std::vector<std::string> wrong;
  add_missing("lost: ", wanted, found, wrong);
  for (const std::string& statement : found) {
    if (!subjects.contains(subject_of(statement))) wrong.push_back("nobody expected: " + statement);
  }
  return wrong;
}

}  // namespace pf::testing
