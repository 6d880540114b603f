#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/formats/zip.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::sentence_of;

const std::filesystem::path kPickles = std::filesystem::path(AHAP_TEST_DATA) / "pickles";

TEST(TorchZip, ACheckpointOfPyTorchIsReadWithItsNestedNames) {
  const Checkpoint checkpoint = read_checkpoint(kPickles / "checkpoint.pt");
  const auto tensor = [&](const std::string& name) { return checkpoint.at("model_state_dict." + name); };
  const auto grid = torch::arange(24.f).view({4, 6});

  EXPECT_TRUE(torch::equal(tensor("whole"), grid));
  EXPECT_TRUE(torch::equal(tensor("transposed"), grid.t()));
  EXPECT_TRUE(torch::equal(tensor("part"), grid.slice(0, 1, 3).slice(1, 2, 4)));
  EXPECT_EQ(tensor("part").storage().data(), tensor("whole").storage().data())
      << "shared storages are read once";
  EXPECT_TRUE(torch::equal(tensor("parameter"), torch::ones({2})));
  EXPECT_TRUE(torch::equal(tensor("half"), torch::tensor({0.5, -2.0}).to(torch::kFloat16)));
  EXPECT_TRUE(torch::equal(tensor("bfloat16"), torch::tensor({0.5, -2.0}).to(torch::kBFloat16)));
  EXPECT_TRUE(torch::equal(tensor("double"), torch::tensor({0.1}, torch::kFloat64)));
  EXPECT_TRUE(torch::equal(tensor("long"), torch::tensor({std::int64_t(1) << 40})));
  EXPECT_TRUE(torch::equal(tensor("byte"), torch::tensor({255}, torch::kUInt8)));
  EXPECT_TRUE(torch::equal(tensor("boolean"), torch::tensor({true, false})));
  EXPECT_TRUE(torch::equal(tensor("scalar"), torch::tensor(3.5f)));
  EXPECT_TRUE(torch::equal(tensor("empty"), torch::empty({0, 3})));

  EXPECT_EQ(checkpoint.metadata.at("epoch"), "3");
  EXPECT_EQ(checkpoint.metadata.at("args.img_size.0"), "672");
  EXPECT_EQ(checkpoint.metadata.at("args.backbone"), "dinov2_vits14");
  EXPECT_EQ(checkpoint.metadata.at("args.nested.a.1"), "b");
  EXPECT_EQ(checkpoint.prefix_before("whole"), "model_state_dict.");
}

TEST(TorchZip, TheOldFormatIsRefused) {
  EXPECT_THAT(sentence_of([] { read_checkpoint(kPickles / "legacy.pt"); }),
              AllOf(HasSubstr("legacy.pt"), HasSubstr("old format")));
}

// Small checkpoints made entry by entry.
class DamagedTorchZip : public ::testing::Test {
 protected:
  std::string failure(const std::string& pickle, const std::string& storage, bool with_pickle = true) {
    std::vector<ZipContent> content = {{"weights/data/0", {storage.begin(), storage.end()}}};
    if (with_pickle) content.push_back({"weights/data.pkl", {pickle.begin(), pickle.end()}});
    write_zip(folder_ / "weights.pt", content);
    return sentence_of([&] { read_checkpoint(folder_ / "weights.pt"); });
  }
  // {'w': tensor} with the given offset, size and stride over a storage of `count` floats.
  static std::string pickle(const std::string& offset_size_stride, int count, const std::string& key = "0") {
    return "(dS'w'\nctorch._utils\n_rebuild_tensor_v2\n((S'storage'\nctorch\nFloatStorage\nS'" + key +
           "'\nS'cuda:0'\nI" + std::to_string(count) + "\ntQ" + offset_size_stride + "I00\n(dtRs.";
  }

  testing::TemporaryFolder folder_;
};

TEST_F(DamagedTorchZip, AProperOneIsRead) {
  write_zip(folder_ / "weights.pt", {{"w/data/0", {0, 0, 128, 63, 0, 0, 0, 64}},
                                     {"w/data.pkl", [] {
                                        const std::string text = pickle("I1\n(I1\nt(I1\nt", 2);
                                        return std::vector<std::uint8_t>(text.begin(), text.end());
                                      }()}});
  EXPECT_EQ(read_checkpoint(folder_ / "weights.pt").at("w").item<float>(), 2);
}

TEST_F(DamagedTorchZip, TensorsBeyondTheirStorageAreNamed) {
  const std::string storage(16, '\0');
  for (const char* place :
       {"I0\n(I5\nt(I1\nt", "I4\n(I1\nt(I1\nt", "I0\n(I2\nt(I4\nt", "I0\n(I2\nt(I-1\nt", "I-1\n(I1\nt(I1\nt",
        "I0\n(I-1\nt(I1\nt", "I0\n(I9223372036854775807\nI9223372036854775807\nt(I0\nI0\nt",
        "I9223372036854775807\n(I2\nt(I9223372036854775807\nt"}) {
    EXPECT_THAT(failure(pickle(place, 4), storage),
                AllOf(HasSubstr("tensor w"), HasSubstr("beyond its storage")))
        << place;
  }
  EXPECT_THAT(failure(pickle("I0\n(I2\nt(t", 4), storage), HasSubstr("tensor w"));
}

TEST_F(DamagedTorchZip, StoragesThatAreNotThereAreNamed) {
  EXPECT_THAT(failure(pickle("I0\n(I1\nt(I1\nt", 1, "7"), "1234"),
              AllOf(HasSubstr("tensor w"), HasSubstr("weights/data/7")));
  EXPECT_THAT(failure(pickle("I0\n(I1\nt(I1\nt", 2), "1234"),
              AllOf(HasSubstr("tensor w"), HasSubstr("holds 4 bytes")));
  EXPECT_THAT(failure(pickle("I0\n(I1\nt(I1\nt", 1 << 30), "1234"), HasSubstr("holds 4 bytes"));
}

TEST_F(DamagedTorchZip, AZipBombIsRefused) {
  EXPECT_THAT(failure(pickle("I0\n(I1\nt(I1\nt", 1 << 22), std::string(1 << 24, '\0')),
              HasSubstr("more than its own size"));
}

TEST_F(DamagedTorchZip, AnEntryThatOccursTwiceIsNamed) {
  std::vector<std::uint8_t> bytes(4);
  write_zip(folder_ / "weights.pt", {{"w/data/0", bytes}, {"w/data/1", bytes}});
  std::string archive = testing::read_bytes(folder_ / "weights.pt");
  for (std::size_t at = 0; (at = archive.find("w/data/1", at)) != std::string::npos;) archive[at + 7] = '0';
  testing::write_bytes(folder_ / "weights.pt", archive);
  EXPECT_THAT(sentence_of([&] { read_checkpoint(folder_ / "weights.pt"); }),
              AllOf(HasSubstr("weights.pt"), HasSubstr("w/data/0 twice")));
}

TEST_F(DamagedTorchZip, OtherArchivesAndCodeAreRefused) {
  EXPECT_THAT(failure("", "1234", false), HasSubstr("no PyTorch checkpoint"));
  EXPECT_THAT(failure("cposix\nsystem\n(S'true'\ntR.", "1234"),
              AllOf(HasSubstr("weights.pt"), HasSubstr("posix.system")));
}

TEST_F(DamagedTorchZip, EveryTruncationIsRefused) {
  const std::string whole = testing::read_bytes(kPickles / "checkpoint.pt");
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    testing::write_bytes(folder_ / "cut.pt", whole.substr(0, size));
    EXPECT_THAT(sentence_of([&] { read_checkpoint(folder_ / "cut.pt"); }), HasSubstr("cut.pt"));
  }
}

}  // namespace
}  // namespace ahap
