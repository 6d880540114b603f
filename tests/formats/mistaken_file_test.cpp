#include "reconstruction/formats/mistaken_file.h"

#include <gmock/gmock.h>

#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using ::testing::HasSubstr;
using testing::sentence_of;
using ::testing::StartsWith;
using testing::TemporaryFolder;
using testing::write_bytes;

TEST(MistakenFile, SaysWhatTheWebGaveInstead) {
  const std::pair<std::string, const char*> files[] = {
      {"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 4771234567\n",
       "is a Git LFS pointer"},
      {"<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>", "is a web page"},
      {"\n  <html lang=\"en\">", "is a web page"},
      {"\x1F\x8B\x08\x00", "is packed with gzip; unpack it first (gunzip)"},
      {"\xFD\x37zXZ", "is packed with xz"},
      {R"({"metadata": {}, "weight_map": {"w": "model-00001-of-00002.safetensors"}})", "in several files"}};
  for (const auto& [start, sentence] : files)
    EXPECT_THAT(mistaken_for(start).value_or(""), HasSubstr(sentence));
  EXPECT_THAT(mistaken_for("half", "model.safetensors.crdownload").value_or(""),
              StartsWith("is an unfinished download"));
}

TEST(MistakenFile, PassesWhatMayBeTheFile) {
  for (const std::string& start :
       {std::string("PK\x03\x04"), std::string("\x80\x02}q"), std::string("{\"name\": \"full\"}"),
        std::string("\x1F\x8B\0\0\0\0\0\0{\"w\":", 14)})  // safetensors with a header of 35615 bytes
    EXPECT_EQ(mistaken_for(start, "model.safetensors"), std::nullopt);
}

TEST(MistakenFile, IsRefusedWithItsPath) {
  const TemporaryFolder folder;
  write_bytes(folder / "model.pt", "<html>");
  EXPECT_THAT(sentence_of([&] { require_not_mistaken(folder / "model.pt"); }),
              StartsWith((folder / "model.pt").string() + " is a web page"));
  EXPECT_NO_THROW(require_not_mistaken(folder / "nothing.part"));
}

TEST(MistakenFile, OneOfSeveralPartsIsNamed) {
  EXPECT_THAT(sentence_of([] { require_whole("w/model-00001-of-00012.safetensors"); }),
              StartsWith("w/model-00001-of-00012.safetensors is part 1 of 12 of the weights"));
  for (const char* whole : {"model.safetensors", "model-00001-of-00001.safetensors", "1-of-2.txt/model.pt"})
    EXPECT_NO_THROW(require_whole(whole));
}

}  // namespace
}  // namespace ahap
