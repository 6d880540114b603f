#include "app/gui/lengths.h"

#include <gmock/gmock.h>

#include "tests/fixtures/sample_reconstruction.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::HasSubstr;

std::string doubt_about(std::initializer_list<double> heights) {
  Reconstruction result = empty_reconstruction();
  for (const double height : heights) {
    Person& person = result.people.emplace_back();
    person.id = int(result.people.size());
    person.height = height;
    person.bodies.emplace_back();
  }
  return scale_doubt(people_in(result, 0));
}

TEST(Lengths, are_written_as_people_say_them) {
  EXPECT_EQ(length_text(1.42), "1.42 m");
  EXPECT_EQ(length_text(0.384), "38 cm");
  EXPECT_EQ(length_text(0.042), "4.2 cm");
  EXPECT_EQ(length_text(0.996), "1.00 m") << "not 100 cm";
  EXPECT_EQ(length_text(0.0997), "10 cm") << "not 10.0 cm";
  EXPECT_EQ(length_text(0), "0.0 cm");
}

TEST(Lengths, are_read_as_people_type_them) {
  for (const char* typed : {"1.78", " 1,78 ", "1.78 m", "178cm", "178 cm"})
    EXPECT_DOUBLE_EQ(typed_length(typed), 1.78) << typed;
}

TEST(Lengths, that_are_none_are_refused_with_a_sentence) {
  for (const char* typed : {"", "tall", "1.78 feet", "1.7.8", "nan", "inf", "1e999", "0x10", "m"})
    EXPECT_THAT(sentence_of([&] { typed_length(typed); }), HasSubstr("is no length")) << typed;
  for (const char* typed : {"0", "-1.7", "0 cm"})
    EXPECT_THAT(sentence_of([&] { typed_length(typed); }), HasSubstr("larger than zero")) << typed;
}

TEST(Lengths, of_a_person_give_the_scale) {
  Person person;
  person.height = 1.6;
  EXPECT_DOUBLE_EQ(factor_for_height("176 cm", person), 1.1);
  for (const char* typed : {"300", "178", "0.1"})
    EXPECT_THAT(sentence_of([&] { factor_for_height(typed, person); }), HasSubstr("Nobody is")) << typed;
  person.height = 0;
  EXPECT_THAT(sentence_of([&] { factor_for_height("1.76", person); }), HasSubstr("no height"));
}

TEST(Lengths, of_a_distance_give_the_scale) {
  EXPECT_DOUBLE_EQ(factor_for_length("3.20", 1.6), 2);
  EXPECT_DOUBLE_EQ(factor_for_length("40 cm", 1.6), 0.25);
  for (const char* typed : {"1000", "0.1 cm"})
    EXPECT_THAT(sentence_of([&] { factor_for_length(typed, 1.6); }), HasSubstr("100 times")) << typed;
  EXPECT_THAT(sentence_of([&] { factor_for_length("1", 0); }), HasSubstr("0.0 cm now"));
}

TEST(Lengths, of_people_raise_doubts_where_no_grown_up_has_them) {
  EXPECT_EQ(doubt_about({}), "");
  EXPECT_EQ(doubt_about({1.7, 1.1}), "") << "a child beside its mother";
  EXPECT_THAT(doubt_about({1.2, 1.1}), HasSubstr("Everybody is below 1.30 m"));
  EXPECT_THAT(doubt_about({1.2}), HasSubstr("This person is below 1.30 m"));
  EXPECT_THAT(doubt_about({2.3, 2.6}), HasSubstr("above 2.20 m"));
  EXPECT_EQ(doubt_about({1.2, 2.6}), "") << "not the scale";
}

}  // namespace
}  // namespace ahap
