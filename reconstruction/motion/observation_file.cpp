#include "reconstruction/motion/observation_file.h"

#include <bit>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <set>
#include <stdexcept>
#include <string_view>
#include <type_traits>

#include "reconstruction/formats/fnv_hash.h"
#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/safe_write.h"

namespace ahap {
namespace {

static_assert(std::endian::native == std::endian::little, "the file holds numbers as this machine has them");

// The file: kMagic, the version, then records: the terms, and one for each frame. A record: its length (u32)
// and its checksum (u64), its bytes. In them numbers as in memory, texts and lists after their length (u32).
constexpr std::string_view kMagic = "AHAPOBS\n";
constexpr std::uint32_t kVersion = 1;
// More of it is no observation.
constexpr std::uint32_t kMostTerms = 10'000, kMostText = 1 << 20, kMostViews = 1000, kMostPeople = 10'000,
                        kMostBins = 1 << 16;
constexpr int kMostCameras = 10'000, kLargestSide = 1 << 20;
constexpr double kLargest = 1e12;  // of any number

class Bytes {
 public:
  template <class Number>
  void put(Number number) {
    static_assert(std::is_arithmetic_v<Number>);
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  void put(const std::string& text) {
    put(std::uint32_t(text.size()));
    bytes_ += text;
  }
  void put(const Eigen::Vector2d& v) { put(v.x()), put(v.y()); }
  void put(const Eigen::Vector3d& v) { put(v.x()), put(v.y()), put(v.z()); }
  void put(const PictureSketch& sketch) {
    bytes_.append(reinterpret_cast<const char*>(sketch.data()), sketch.size());
  }
  template <class Item, class Put>
  void list(const std::vector<Item>& items, const Put& put_item) {
    put(std::uint32_t(items.size()));
    for (const Item& item : items) put_item(item);
  }
  std::string record() const {
    Bytes head;
    head.put(std::uint32_t(bytes_.size()));
    head.put(fnv_hash(bytes_));
    return head.bytes_ + bytes_;
  }

 private:
  std::string bytes_;
};

// What is wrong with a record, without the file.
struct Damage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void require(bool right, const char* what) {
  if (!right) throw Damage(what);
}

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  template <class Number>
  Number take() {
    static_assert(std::is_arithmetic_v<Number>);
    Number number;
    std::memcpy(&number, piece(sizeof number).data(), sizeof number);
    return number;
  }
  int integer(int low, int high, const char* what) {
    const auto value = take<std::int32_t>();
    require(value >= low && value <= high, what);
    return value;
  }
  double number(double low = -kLargest, double high = kLargest) {
    const auto value = take<double>();
    require(value >= low && value <= high, "a number is out of its range");  // also where it is none
    return value;
  }
  bool flag() {
    const auto value = take<std::uint8_t>();
    require(value <= 1, "neither yes nor no");
    return value == 1;
  }
  std::string text() { return std::string(piece(count(kMostText))); }
  Eigen::Vector2d vector2() {
    const double x = number(), y = number();
    return {x, y};
  }
  Eigen::Vector3d vector3() {
    const double x = number(), y = number(), z = number();
    return {x, y, z};
  }
  void sketch(PictureSketch& sketch) {
    std::memcpy(sketch.data(), piece(sketch.size()).data(), sketch.size());
  }
  template <class Item, class Take>
  std::vector<Item> list(std::uint32_t most, const Take& take_item) {
    std::vector<Item> items;
    for (std::uint32_t left = count(most); left > 0; --left) items.push_back(take_item());
    return items;
  }
  void end() const { require(bytes_.empty(), "a record is longer than what it holds"); }

 private:
  std::uint32_t count(std::uint32_t most) {
    const auto number = take<std::uint32_t>();
    require(number <= most, "a list is too long");
    return number;
  }
  std::string_view piece(std::size_t size) {
    require(size <= bytes_.size(), "a record ends early");
    const std::string_view piece = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return piece;
  }

  std::string_view bytes_;
};

void put(Bytes& out, const Appearance& appearance) {
  for (const std::vector<float>& part : appearance.parts) out.list(part, [&](float bin) { out.put(bin); });
}

Appearance take_appearance(ByteReader& in) {
  Appearance appearance;
  for (std::vector<float>& part : appearance.parts) {
    part = in.list<float>(kMostBins, [&] {
      const auto bin = in.take<float>();
      require(std::isfinite(bin), "a colour is no number");
      return bin;
    });
  }
  return appearance;
}

void put(Bytes& out, const PersonObservation& seen) {
  out.put(seen.score);
  for (const double edge : {seen.box.x0, seen.box.y0, seen.box.x1, seen.box.y1}) out.put(edge);
  for (int k = 0; k < kBodyPoints; ++k) {
    out.put(seen.points[k].pixel);
    out.put(seen.points[k].sigma);
    out.put(seen.landmarks[k]);
    out.put(seen.visibility[k]);
  }
  out.put(seen.ray_pixel);
  put(out, seen.appearance);
}

PersonObservation take_person(ByteReader& in, int camera) {
  PersonObservation seen;
  seen.view = camera;
  seen.score = in.number();
  for (double* edge : {&seen.box.x0, &seen.box.y0, &seen.box.x1, &seen.box.y1}) *edge = in.number();
  for (int k = 0; k < kBodyPoints; ++k) {
    seen.points[k].pixel = in.vector2();
    seen.points[k].sigma = in.number(0);
    seen.landmarks[k] = in.vector3();
    seen.visibility[k] = in.number();
  }
  seen.ray_pixel = in.vector2();
  seen.appearance = take_appearance(in);
  return seen;
}

void put(Bytes& out, const CocoPose& pose) {
  for (const ScoredPoint& joint : pose) out.put(joint.pixel), out.put(joint.score);
}

CocoPose take_pose(ByteReader& in) {
  CocoPose pose;
  for (ScoredPoint& joint : pose) {
    joint.pixel = in.vector2();
    joint.score = in.number();
  }
  return pose;
}

void put(Bytes& out, const TrackerState& tracker) {
  out.list(tracker.tracks, [&](const TrackerState::Track& track) {
    out.put(std::int32_t(track.number));
    put(out, track.pose);
    put(out, track.before);
    out.put(track.time), out.put(track.time_before);
    out.put(std::uint8_t(track.moved));
  });
  out.put(std::int32_t(tracker.next_number));
  out.put(tracker.time), out.put(tracker.found_at);
  out.put(std::uint8_t(tracker.find_next)), out.put(std::uint8_t(tracker.turned));
}

TrackerState take_tracker(ByteReader& in) {
  TrackerState tracker;
  tracker.tracks = in.list<TrackerState::Track>(kMostPeople, [&] {
    TrackerState::Track track;
    track.number = in.integer(0, INT32_MAX, "a track has no number");
    track.pose = take_pose(in);
    track.before = take_pose(in);
    track.time = in.number(), track.time_before = in.number();
    track.moved = in.flag();
    return track;
  });
  tracker.next_number = in.integer(0, INT32_MAX, "tracks have no next number");
  std::set<int> numbers;
  for (const TrackerState::Track& track : tracker.tracks)
    require(track.number < tracker.next_number && numbers.insert(track.number).second,
            "two tracks have one number");
  tracker.time = in.number(), tracker.found_at = in.number();
  tracker.find_next = in.flag(), tracker.turned = in.flag();
  return tracker;
}

void put(Bytes& out, const ObservedView& view) {
  out.put(std::int32_t(view.camera));
  out.put(view.name), out.put(view.path);
  out.put(std::int32_t(view.width)), out.put(std::int32_t(view.height));
  out.put(view.focal_length_px), out.put(view.time);
  out.put(view.sketch);
  out.list(view.people, [&](const PersonObservation& person) { put(out, person); });
  out.list(view.tracklets, [&](int tracklet) { out.put(std::int32_t(tracklet)); });
  put(out, view.tracker);
}

ObservedView take_view(ByteReader& in) {
  ObservedView view;
  view.camera = in.integer(0, kMostCameras, "there is no such camera");
  view.name = in.text(), view.path = in.text();
  view.width = in.integer(1, kLargestSide, "a picture has no size");
  view.height = in.integer(1, kLargestSide, "a picture has no size");
  view.focal_length_px = in.number(0), view.time = in.number();
  in.sketch(view.sketch);
  view.people = in.list<PersonObservation>(kMostPeople, [&] { return take_person(in, view.camera); });
  view.tracklets = in.list<int>(kMostPeople, [&] { return in.integer(0, INT32_MAX, "nobody's track"); });
  view.tracker = take_tracker(in);
  require(view.tracklets.size() == view.people.size(), "somebody has no track");
  std::set<int> numbers;
  for (const int number : view.tracklets)
    require(number < view.tracker.next_number && numbers.insert(number).second,
            "two people of one picture have one track");
  return view;
}

std::string record_of(const ObservedFrame& frame) {
  Bytes out;
  out.put(std::int32_t(frame.number));
  out.list(frame.views, [&](const ObservedView& view) { put(out, view); });
  return out.record();
}

ObservedFrame take_frame(std::string_view record) {
  ByteReader in(record);
  ObservedFrame frame;
  frame.number = in.integer(0, INT32_MAX, "a frame has no number");
  frame.views = in.list<ObservedView>(kMostViews, [&] { return take_view(in); });
  for (std::size_t v = 1; v < frame.views.size(); ++v)
    require(frame.views[v - 1].camera < frame.views[v].camera, "a camera is there twice");
  in.end();
  return frame;
}

std::string record_of(const ObservationTerms& terms) {
  Bytes out;
  out.list(terms, [&](const auto& term) { out.put(term.first), out.put(term.second); });
  return out.record();
}

ObservationTerms take_terms(std::string_view record) {
  ByteReader in(record);
  auto terms = in.list<std::pair<std::string, std::string>>(kMostTerms, [&] {
    std::string name = in.text(), value = in.text();
    return std::pair(std::move(name), std::move(value));
  });
  in.end();
  return terms;
}

// The next record's bytes; `rest` goes behind it. Nothing where it is torn.
std::optional<std::string_view> next_record(std::string_view& rest) {
  constexpr std::size_t head = sizeof(std::uint32_t) + sizeof(std::uint64_t);
  if (rest.size() < head) return std::nullopt;
  ByteReader in(rest);
  const auto size = in.take<std::uint32_t>();
  const auto sum = in.take<std::uint64_t>();
  if (rest.size() - head < size) return std::nullopt;
  const std::string_view record = rest.substr(head, size);
  require(fnv_hash(record) == sum, "its bytes are not those that were written");
  rest.remove_prefix(head + size);
  return record;
}

// Which of the terms differs, for people; empty: none.
std::string difference(const ObservationTerms& kept, const ObservationTerms& wanted) {
  const auto value_in = [](const ObservationTerms& terms, const std::string& name) -> const std::string* {
    for (const auto& [key, value] : terms) {
      if (key == name) return &value;
    }
    return nullptr;
  };
  for (const auto& [name, value] : wanted) {
    const std::string* was = value_in(kept, name);
    if (!was) return name + " was not there";
    if (*was != value) return name + " was " + *was + " and is " + value;
  }
  for (const auto& [name, value] : kept) {
    if (!value_in(wanted, name)) return name + " is not there any more";
  }
  return kept == wanted ? "" : "their order changed";
}

}  // namespace

bool is_observation_file(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) return false;
  std::ifstream in(file, std::ios::binary);
  std::string begin(kMagic.size(), '\0');
  in.read(begin.data(), std::streamsize(begin.size()));
  return in && begin == kMagic;
}

KeptObservations read_observations(const std::filesystem::path& file, const ObservationTerms& terms) {
  const auto fail = [&](const std::string& why) {
    throw std::runtime_error(file.string() + ": " + why + "; without --resume the run begins anew");
  };
  std::ifstream in = open_input_file(file);
  if (!in) fail(std::string("the kept observations cannot be read: ") + std::strerror(errno));
  const std::string all{std::istreambuf_iterator<char>(in), {}};
  std::string_view rest = all;
  if (!rest.starts_with(kMagic)) fail("holds no observations of this program");
  rest.remove_prefix(kMagic.size());
  KeptObservations kept;
  try {
    ByteReader head(rest);
    if (head.take<std::uint32_t>() != kVersion) fail("was written by another version of this program");
    rest.remove_prefix(sizeof(std::uint32_t));
    const auto of_terms = next_record(rest);
    require(of_terms.has_value(), "it ends early");
    const std::string differs = difference(take_terms(*of_terms), terms);
    if (!differs.empty()) fail("is of another run: " + differs);
    while (const auto record = next_record(rest)) {
      kept.frames.push_back(take_frame(*record));
      require(kept.frames.size() < 2 || kept.frames.end()[-2].number < kept.frames.back().number,
              "its frames are out of order");
    }
  } catch (const Damage& damage) {
    fail(std::string("the kept observations are damaged: ") + damage.what());
  }
  kept.bytes = all.size() - rest.size();
  return kept;
}

ObservationWriter::ObservationWriter(const std::filesystem::path& file, const ObservationTerms& terms)
    : file_(file) {
  safe_write(file, [&](std::ostream& out) {
    out << kMagic;
    out.write(reinterpret_cast<const char*>(&kVersion), sizeof kVersion);
    out << record_of(terms);
  });
  open();
}

ObservationWriter::ObservationWriter(const std::filesystem::path& file, const KeptObservations& kept)
    : file_(file) {
  std::filesystem::resize_file(file, kept.bytes);
  open();
}

void ObservationWriter::open() {
  out_.open(file_, std::ios::binary | std::ios::app);
  if (!out_) throw std::runtime_error("cannot write " + file_.string() + ": " + std::strerror(errno));
}

void ObservationWriter::add(const ObservedFrame& frame) {
  errno = 0;
  const std::string record = record_of(frame);
  out_.write(record.data(), std::streamsize(record.size())).flush();
  if (out_) return;
  throw std::runtime_error("cannot write " + file_.string() + ": " +
                           (errno ? std::strerror(errno) : "the disk does not take the data"));
}

}  // namespace ahap
