#include "app/gui/model_installer.h"

#include <algorithm>

#include "reconstruction/formats/error_text.h"
#include "reconstruction/installation/model_installation.h"

namespace ahap {

using Phase = DroppedModelFile::Phase;

ModelInstaller::ModelInstaller(std::function<void()> wake) : wake_(std::move(wake)) {}

ModelInstaller::~ModelInstaller() {
  placing_ = 0;
  install_wanted_ = false;
}

void ModelInstaller::deliver(std::function<void()> news) {
  {
    const std::scoped_lock lock(mutex_);
    inbox_.push_back(std::move(news));
  }
  wake_();
}

DroppedModelFile* ModelInstaller::find(int number) {
  const auto found = std::find_if(dropped_.begin(), dropped_.end(),
                                  [&](const DroppedModelFile& file) { return file.number == number; });
  return found == dropped_.end() ? nullptr : &*found;
}

void ModelInstaller::look() {
  files_.post([this](std::stop_token) {
    deliver([this, models = inspect_models(), choices = model_choices(), chosen = ahap::default_model().name,
             memory = machine_memory(), folder = full_model_folder()]() mutable {
      models_ = std::move(models);
      choices_ = std::move(choices);
      default_model_ = std::move(chosen);
      memory_ = memory;
      full_folder_ = std::move(folder);
      looked_ = true;
    });
  });
}

void ModelInstaller::take(const std::vector<std::filesystem::path>& files) {
  for (const auto& file : files) {
    const int number = ++last_number_;
    dropped_.push_back({.number = number, .file = file});
    files_.post([this, number, file](std::stop_token) {
      std::optional<ModelFile> found;
      std::string refusal;
      try {
        found = recognise_model_file(file);
      } catch (const std::exception& error) {
        refusal = error_text(error);
      }
      deliver([this, number, found, refusal] {
        DroppedModelFile* dropped = find(number);
        if (!dropped) return;
        dropped->phase = found ? Phase::recognised : Phase::refused;
        dropped->found = found;
        dropped->text = refusal;
      });
    });
  }
}

void ModelInstaller::place(int number, InstallMethod placing) {
  DroppedModelFile* dropped = find(number);
  if (!dropped || dropped->phase != Phase::recognised || placing_ != 0) return;
  dropped->phase = Phase::placing;
  dropped->text.clear();
  placing_ = number;
  files_.post([this, number, placing, file = *dropped->found](std::stop_token stop) {
    Phase phase = Phase::placed;
    std::string text;
    try {
      Progress progress;
      progress.stop_requested = [&] { return placing_ != number || stop.stop_requested(); };
      progress.report = [&](const std::string&, double fraction) {
        deliver([this, number, fraction] {
          if (DroppedModelFile* copied = find(number)) copied->fraction = fraction;
        });
      };
      text = place_model_file(file, placing, progress).string();
    } catch (const std::exception& error) {
      phase = Phase::recognised;
      text = error_text(error);
    }
    deliver([this, number, phase, text] {
      if (placing_ == number) placing_ = 0;
      if (DroppedModelFile* placed = find(number)) {
        placed->phase = phase;
        placed->text = text;
      }
      look();
    });
  });
}

void ModelInstaller::dismiss(int number) {
  if (placing_ == number) placing_ = 0;
  std::erase_if(dropped_, [&](const DroppedModelFile& file) { return file.number == number; });
}

void ModelInstaller::install_photo() {
  if (install_.running()) return;
  install_ = {.phase = ModelInstall::Phase::running};
  install_wanted_ = true;
  downloads_.post([this](std::stop_token stop) {
    ModelInstall result{.phase = ModelInstall::Phase::done};
    try {
      Progress progress;
      progress.stop_requested = [&] { return !install_wanted_ || stop.stop_requested(); };
      progress.report = [&](const std::string& stage, double fraction) {
        deliver([this, stage, fraction] {
          install_.stage = stage;
          install_.fraction = fraction;
        });
      };
      install_photo_model(std::nullopt, {.folder = user_model_folder()}, progress);
    } catch (const Cancelled&) {
      result.phase = ModelInstall::Phase::none;
    } catch (const std::exception& error) {
      result = {.phase = ModelInstall::Phase::failed, .problem = error_text(error)};
    }
    deliver([this, result] {
      install_ = result;
      look();
    });
  });
}

void ModelInstaller::stop_installing() {
  install_wanted_ = false;
}

bool ModelInstaller::busy() const {
  return install_.running() ||
         std::any_of(dropped_.begin(), dropped_.end(), [](const DroppedModelFile& file) {
           return file.phase == Phase::looking || file.phase == Phase::placing;
         });
}

void ModelInstaller::update() {
  std::vector<std::function<void()>> news;
  {
    const std::scoped_lock lock(mutex_);
    news.swap(inbox_);
  }
  for (const auto& take_in : news) take_in();
}

}  // namespace ahap
