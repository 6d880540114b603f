#include "reconstruction/project/tape_json.h"

#include <algorithm>

namespace ahap {
namespace {

using Json = nlohmann::ordered_json;
using Kind = TapeEnd::Kind;

constexpr std::int64_t kMost = 1'000'000'000;
constexpr float kFar = 1e6f;  // metres

Json json_of(const TapeEnd& end) {
  if (end.kind == Kind::point) return {{"point", {end.place.x(), end.place.y(), end.place.z()}}};
  if (end.kind == Kind::vertex) return {{"person", end.person_id}, {"vertex", end.index}};
  return {{"person", end.person_id}, {"joint", kSmplJointNames.at(std::size_t(end.index))}};
}

TapeEnd end_of(const JsonReader& in, const JsonReader::Json& json, const std::string& where) {
  TapeEnd end;
  if (in.has(json, "point")) {
    end.place = in.matrix(json, where, "point", 1, 3).transpose().cast<float>();
    if (end.place.cwiseAbs().maxCoeff() > kFar) in.fail(where + ".point", "a place in metres");
    return end;
  }
  end.person_id = int(in.integer(json, where, "person", 1, kMost));
  if (in.has(json, "vertex")) {
    end.kind = Kind::vertex;
    end.index = int(in.integer(json, where, "vertex", 0, kMost));
    return end;
  }
  end.kind = Kind::joint;
  const auto joint = std::find(kSmplJointNames.begin(), kSmplJointNames.end(), in.text(json, where, "joint"));
  if (joint == kSmplJointNames.end()) in.fail(where + ".joint", "the name of one of SMPL's joints");
  end.index = int(joint - kSmplJointNames.begin());
  return end;
}

}  // namespace

Json json_of(const std::vector<Tape>& tapes) {
  Json list = Json::array();
  for (const Tape& tape : tapes) list.push_back({{"from", json_of(tape.from)}, {"to", json_of(tape.to)}});
  return list;
}

std::vector<Tape> tapes_of(const JsonReader& in, const JsonReader::Json& json, const std::string& where) {
  std::vector<Tape> tapes;
  if (!in.has(json, "tapes")) return tapes;
  const JsonReader::Json& list = in.array(json, where, "tapes");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string here = (where.empty() ? "" : where + ".") + "tapes[" + std::to_string(i) + "]";
    tapes.push_back({end_of(in, in.field(list[i], here, "from"), here + ".from"),
                     end_of(in, in.field(list[i], here, "to"), here + ".to")});
  }
  return tapes;
}

}  // namespace ahap
