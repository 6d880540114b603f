#include "app/gui/start_screen.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "app/gui/state_folder.h"

namespace ahap {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostRecents = 4;       // side by side
constexpr std::size_t kMostLostSessions = 3;  // that are kept

std::string counted(int number, const char* one, const char* many) {
  return std::to_string(number) + " " + (number == 1 ? one : many);
}

std::string age_of(const fs::path& file) {
  std::error_code error;
  const fs::file_time_type time = fs::last_write_time(file, error);
  if (error) return {};
  const auto minutes =
      std::chrono::duration_cast<std::chrono::minutes>(fs::file_time_type::clock::now() - time).count();
  if (minutes < 1) return "just now";
  if (minutes < 60) return counted(int(minutes), "minute ago", "minutes ago");
  if (minutes < 48 * 60) return counted(int(minutes / 60), "hour ago", "hours ago");
  return counted(int(minutes / (24 * 60)), "day ago", "days ago");
}

// Nothing where the file cannot be read.
std::optional<StartScreen::Offer> offer_of(const fs::path& file) {
  try {
    ProjectSummary summary = read_project_summary(file);
    StartScreen::Offer offer;
    offer.file = file;
    offer.name = summary.name;
    offer.content = counted(summary.cameras, "camera", "cameras");
    if (summary.frames > 0) offer.content += ", " + counted(summary.people, "person", "people");
    if (summary.frames > 1) offer.content += ", " + counted(summary.frames, "frame", "frames");
    offer.age = age_of(file);
    offer.picture = std::move(summary.thumbnail);
    return offer;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace

StartScreen::StartScreen(fs::path state, std::function<void()> wake)
    : state_(std::move(state)), wake_(std::move(wake)) {
  looked_ = state_.empty();
  if (looked_) return;
  thread_.post([this](std::stop_token stop) {
    Found found;
    std::vector<fs::path> lost = lost_sessions(state_);
    for (std::size_t i = kMostLostSessions; i < lost.size(); ++i) remove_lost_session(lost[i]);
    for (const fs::path& session : lost) {
      if ((found.lost = offer_of(session))) break;
    }
    for (const fs::path& project : read_recents(state_)) {
      if (stop.stop_requested() || found.recents.size() >= kMostRecents) break;
      if (auto offer = offer_of(project)) {
        offer->name = project.stem().string();
        found.recents.push_back(std::move(*offer));
      }
    }
    {
      const std::scoped_lock lock(mutex_);
      found_ = std::move(found);
    }
    wake_();
  });
}

void StartScreen::update() {
  std::optional<Found> found;
  {
    const std::scoped_lock lock(mutex_);
    found = std::exchange(found_, std::nullopt);
  }
  if (!found) return;
  looked_ = true;
  recents_ = std::move(found->recents);
  lost_ = std::move(found->lost);
  const auto upload = [](Offer& offer) {
    if (!offer.picture.empty()) offer.texture.emplace().upload(offer.picture);
  };
  for (Offer& offer : recents_) upload(offer);
  if (lost_) upload(*lost_);
}

void StartScreen::discard_lost() {
  if (!lost_) return;
  thread_.post([file = lost_->file](std::stop_token) { remove_lost_session(file); });
  lost_.reset();
}

void StartScreen::remember(const fs::path& project) {
  if (state_.empty()) return;
  thread_.post([state = state_, project](std::stop_token) {
    try {
      add_recent(state, project);
    } catch (const std::exception&) {
      // Work does not depend on the list.
    }
  });
}

}  // namespace ahap
