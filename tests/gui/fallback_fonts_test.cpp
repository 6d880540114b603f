#include "app/gui/fallback_fonts.h"

#include <gmock/gmock.h>

#include "app/gui/theme.h"

namespace ahap {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::set<char32_t> letters_of(std::string_view text) {
  std::set<char32_t> letters;
  theme::collect_letters(text, letters);
  return letters;
}

TEST(Letters, those_of_the_own_font_need_no_other) {
  EXPECT_THAT(letters_of("plain, \xC3\xA4\xC3\xA9, \xD0\xAF, \xCE\xA9, \xE2\x80\xA6"), IsEmpty());
}

TEST(Letters, others_are_collected_once_and_damaged_text_is_passed_over) {
  EXPECT_THAT(letters_of("\xD7\x90 and \xD7\x90\xFF and \xE5\xB1\xB1"), ElementsAre(0x05D0, 0x5C71));
  EXPECT_THAT(letters_of("\xE5\xB1"), IsEmpty());
}

TEST(FallbackFonts, are_found_for_letters_of_another_script) {
  const std::vector<FallbackFont> fonts = fallback_fonts({0x05D0, 0x05D1});  // Hebrew: in DejaVu Sans
  ASSERT_EQ(fonts.size(), 1u);
  EXPECT_TRUE(std::filesystem::exists(fonts[0].file));
  EXPECT_THAT(fonts[0].letters, ElementsAre(0x05D0, 0x05D1));
}

TEST(FallbackFonts, are_none_where_no_letter_is_asked_for_or_nobody_has_it) {
  EXPECT_THAT(fallback_fonts({}), IsEmpty());
  EXPECT_THAT(fallback_fonts({0xFFFE}), IsEmpty());
}

}  // namespace
}  // namespace ahap
