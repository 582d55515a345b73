#pragma once

#include <string>
#include <vector>

namespace pf::testing {

// What simulated jobs commit are texts of these forms:
//   subject #n       the nth record that counted for it
//   subject = n      so many records have counted for it
//   [from,to) a b c  the records of a window
//   anything else    that it was so

/// What is wrong with what was committed where each record is to have counted exactly once. Orders are
/// nobody's promise: that of the texts, that of a window's records, and which subtask says at its end what
/// all of them do.
std::vector<std::string> differences_from(const std::vector<std::string>& expected,
                                          const std::vector<std::string>& committed);

/// The same where each is to have counted at least once: a text may come again, a count go on, and a window
/// be committed in parts that overlap. All together must say what is expected, and nothing about subjects of
/// which nothing is possible.
std::vector<std::string> losses_from(const std::vector<std::string>& expected,
                                     const std::vector<std::string>& possible,
                                     const std::vector<std::string>& committed);

}  // namespace pf::testing
