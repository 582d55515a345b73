#include "model/utf8.h"

#include <algorithm>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace pf::testing {
namespace {

using namespace std::string_literals;

/// Decodes by the definition: a code point is well-formed if encoding it again gives the same bytes.
size_t first_invalid_by_definition(std::string_view text) {
  auto encode = [](uint32_t point) {
    auto tail = [&](int shift) { return static_cast<char>(0x80 | ((point >> shift) & 0x3F)); };
    if (point < 0x80) return std::string{static_cast<char>(point)};
    if (point < 0x800) return std::string{static_cast<char>(0xC0 | (point >> 6)), tail(0)};
    if (point < 0x10000) return std::string{static_cast<char>(0xE0 | (point >> 12)), tail(6), tail(0)};
    return std::string{static_cast<char>(0xF0 | (point >> 18)), tail(12), tail(6), tail(0)};
  };
  size_t i = 0;
  while (i < text.size()) {
    auto lead = static_cast<unsigned char>(text[i]);
    size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (i + length > text.size()) return i;
    uint32_t point = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    for (size_t k = 1; k < length; ++k) point = point << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3F);
    bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    if (surrogate || point > 0x10FFFF || encode(point) != text.substr(i, length)) return i;
    i += length;
  }
  return i;
}

void expect_valid(const std::string& text) { EXPECT_EQ(first_invalid_utf8(text), text.size()) << text; }
void expect_invalid_at(size_t offset, const std::string& text) {
  EXPECT_EQ(first_invalid_utf8(text), offset);
}

TEST(Utf8Test, WellFormedText) {
  expect_valid("");
  expect_valid("plain text of more than eight bytes");
  expect_valid("\x7f ä \xdf\xbf \xe0\xa0\x80 € \xed\x9f\xbf \xee\x80\x80 😀 \xf4\x8f\xbf\xbf");
  expect_valid("zero\0inside"s);
}

TEST(Utf8Test, BareContinuationAndImpossibleBytes) {
  expect_invalid_at(0, "\x80");
  expect_invalid_at(9, "123456789\xff");
  expect_invalid_at(1, "a\xfe");
  expect_invalid_at(0, "\xf5\x80\x80\x80");
}

TEST(Utf8Test, OverlongForms) {
  expect_invalid_at(0, "\xc0\x80"s);
  expect_invalid_at(0, "\xc1\xbf");
  expect_invalid_at(0, "\xe0\x9f\xbf");
  expect_invalid_at(0, "\xf0\x8f\xbf\xbf");
}

TEST(Utf8Test, Surrogates) {
  expect_invalid_at(1, "a\xed\xa0\x80");
  expect_invalid_at(1, "a\xed\xbf\xbf");
}

TEST(Utf8Test, BeyondTheLastCodePoint) { expect_invalid_at(0, "\xf4\x90\x80\x80"); }

TEST(Utf8Test, CutOffAtTheEnd) {
  expect_invalid_at(8, "12345678\xe2\x82");
  expect_invalid_at(0, "\xf0\x9f\x98");
  expect_invalid_at(0,
                    "\xc3"
                    "a");
}

TEST(Utf8Test, AgreesWithTheDefinitionOnRandomBytes) {
  std::mt19937_64 random(20240607);
  const std::vector<std::string> pieces = {"a",    "12345678",     "ä",        "€",    "😀",
                                           "\x80", "\xed\xa0\x80", "\xe0\x80", "\xc0", "\xf4\x90",
                                           "\xf0", "\xbf",         "\xff"};
  for (int round = 0; round < 100'000; ++round) {
    std::string text;
    size_t wanted = random() % (round % 2 == 0 ? 24 : 100);
    while (text.size() < wanted) {
      // Mostly well-formed pieces, so that errors also come late.
      uint64_t pick = random() % 40;
      text += pick < 32   ? pieces[pick % 5]
              : pick < 39 ? pieces[5 + pick % 8]
                          : std::string(1, char(random()));
    }
    ASSERT_EQ(first_invalid_utf8(text), first_invalid_by_definition(text)) << ::testing::PrintToString(text);
    bool ascii = std::none_of(text.begin(), text.end(), [](char byte) { return (byte & 0x80) != 0; });
    ASSERT_EQ(is_ascii(text), ascii) << ::testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace pf::testing
