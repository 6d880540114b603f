// Choosing a model of published networks in the window.

#include "reconstruction/checkpoints/checkpoint.h"
#include "tests/fixtures/sample_reconstruction.h"
#include "tests/fixtures/small_human3r_model.h"
#include "tests/gui/studio_fixture.h"

namespace ahap {
namespace {

using namespace testing;
namespace fs = std::filesystem;

class ModelChoiceInStudio : public StudioTest {
 protected:
  ModelChoiceInStudio() {
    setenv("AHAP_MODELS", (place_ / "models").c_str(), 1);
    fs::create_directories(place_ / "models/full");
    save_safetensors(small_human3r_checkpoint().tensors, small_square_metadata(),
                     place_ / "models/full/video.safetensors");
    write_bytes(place_ / "no_weights.safetensors", "not weights");
  }
  ~ModelChoiceInStudio() override { unsetenv("AHAP_MODELS"); }
};

TEST_F(ModelChoiceInStudio, offers_those_whose_weights_are_there_and_takes_what_is_clicked) {
  StudioOptions options;
  options.reconstruct = [](const std::vector<View>& views, const Options&, const Progress&) {
    return std::make_shared<const Reconstruction>(sample_reconstruction_of(views));
  };
  options.width = 1280;
  options.height = 940;
  options.scale = 1;
  open_window(options);
  drop({place_ / "no_weights.safetensors"});  // shows the models
  ModelInstaller& models = studio_->models();
  ASSERT_TRUE(eventually([&] {
    return models.looked() && models.dropped().size() == 1 &&
           models.dropped()[0].phase == DroppedModelFile::Phase::refused;
  }));
  models.dismiss(models.dropped()[0].number);
  for (int i = 0; i < 5; ++i) draw();
  const std::string& chosen = studio_->session().options.load.model;
  for (double y = 100; y < 900 && chosen != "human3r"; y += 9) click(1280 / 2 - 440 + 58, y);
  EXPECT_EQ(chosen, "human3r") << "the only one that is ready";
}

}  // namespace
}  // namespace ahap
