#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>

#include "reconstruction/export/motion.h"
#include "reconstruction/export/range_exporters.h"
#include "reconstruction/formats/safe_write.h"

// C3D, https://www.c3d.org/HTML/default.htm: a header, parameters and data in blocks of 512 bytes.

namespace ahap {
namespace {

constexpr std::size_t kBlock = 512;
constexpr char kMark = 0x50;                   // of a C3D file
constexpr float kFloatScale = -1;              // negative: floating point; residuals in millimetres
constexpr char kLittleEndian = 84;             // Intel's processor
constexpr std::uint16_t kParametersStart = 2;  // block; the header is block 1

template <typename Value>
void append(std::string& bytes, const Value& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// In the machine's (little endian) byte order at a 16-bit word of the header, counted from 1.
template <typename Value>
void put(std::string& bytes, std::size_t word, const Value& value) {
  bytes.replace(2 * (word - 1), sizeof value, reinterpret_cast<const char*>(&value), sizeof value);
}

void fill_block(std::string& bytes) {
  bytes.resize((bytes.size() + kBlock - 1) / kBlock * kBlock, '\0');
}

class Parameters {
 public:
  void group(const std::string& name) {
    begin(name, std::int8_t(-++groups_), 0);
    bytes_ += '\0';
  }
  // Of the group that was begun last.
  void words(const std::string& name, std::initializer_list<std::uint16_t> values) {
    std::vector<std::size_t> dimensions;
    if (values.size() > 1) dimensions = {values.size()};
    parameter(name, 2, dimensions, std::as_bytes(std::span(values)));
  }
  void number(const std::string& name, float value) {
    parameter(name, 4, {}, std::as_bytes(std::span(&value, 1)));
  }
  void text(const std::string& name, const std::string& value) {
    parameter(name, -1, {value.size()}, std::as_bytes(std::span(value)));
  }
  void texts(const std::string& name, std::span<const std::string_view> values) {
    std::size_t width = 0;
    for (const std::string_view value : values) width = std::max(width, value.size());
    std::string padded;
    for (const std::string_view value : values) padded.append(value).append(width - value.size(), ' ');
    parameter(name, -1, {width, values.size()}, std::as_bytes(std::span(padded)));
  }
  // The whole section.
  std::string section() const {
    std::string bytes = {1, kMark, 0, kLittleEndian};
    bytes += bytes_;
    append(bytes, std::uint16_t(0));  // no further group or parameter
    fill_block(bytes);
    bytes[2] = char(bytes.size() / kBlock);
    return bytes;
  }

 private:
  // Where the next one lies is counted from here and behind an empty description.
  void begin(const std::string& name, std::int8_t group, std::size_t content) {
    append(bytes_, std::int8_t(name.size()));
    append(bytes_, group);
    bytes_ += name;
    append(bytes_, std::uint16_t(2 + content + 1));
  }

  void parameter(const std::string& name, std::int8_t type, std::vector<std::size_t> dimensions,
                 std::span<const std::byte> data) {
    begin(name, std::int8_t(groups_), 2 + dimensions.size() + data.size());
    append(bytes_, type);
    append(bytes_, std::uint8_t(dimensions.size()));
    for (const std::size_t size : dimensions) append(bytes_, std::uint8_t(size));
    bytes_.append(reinterpret_cast<const char*>(data.data()), data.size());
    bytes_ += '\0';
  }

  int groups_ = 0;
  std::string bytes_;
};

// Frames beyond 16 bits are what TRIAL is for.
std::uint16_t word(int frame) {
  return std::uint16_t(std::min(frame, 65'535));
}

std::string parameters(const Motion& motion, std::uint16_t data_start) {
  const int first = motion.first + 1, count = int(motion.samples.size()), last = first + count - 1;
  const auto low = [](int frame) { return std::uint16_t(frame & 0xffff); };
  const auto high = [](int frame) { return std::uint16_t(frame >> 16); };
  Parameters parameters;
  parameters.group("POINT");
  parameters.words("USED", {kSmplJoints});
  parameters.number("SCALE", kFloatScale);
  parameters.number("RATE", float(motion.rate));
  parameters.words("DATA_START", {data_start});
  parameters.words("FRAMES", {word(count)});
  parameters.texts("LABELS", kSmplJointNames);
  parameters.text("UNITS", "mm");
  parameters.text("X_SCREEN", "+X");
  parameters.text("Y_SCREEN", "+Z");
  parameters.group("TRIAL");
  parameters.words("ACTUAL_START_FIELD", {low(first), high(first)});
  parameters.words("ACTUAL_END_FIELD", {low(last), high(last)});
  parameters.number("CAMERA_RATE", float(motion.rate));
  parameters.group("ANALOG");
  parameters.words("USED", {0});
  parameters.number("GEN_SCALE", 1);
  parameters.number("RATE", 0);
  parameters.group("FORCE_PLATFORM");
  parameters.words("USED", {0});
  return parameters.section();
}

std::string header(const Motion& motion, std::uint16_t data_start) {
  const int first = motion.first + 1, last = motion.first + int(motion.samples.size());
  std::string bytes(kBlock, '\0');
  put(bytes, 1, std::array<char, 2>{char(kParametersStart), kMark});
  put(bytes, 2, std::uint16_t(kSmplJoints));
  put(bytes, 4, word(first));
  put(bytes, 5, word(last));
  put(bytes, 7, kFloatScale);
  put(bytes, 9, data_start);
  put(bytes, 11, float(motion.rate));
  return bytes;
}

// Millimetres, by the convention of C3D's fourth number.
float residual(const BodyInFrame& body) {
  if (body.detections.empty()) return 0;
  return float(std::clamp(std::round(1000 * body.position_sigma), 1.0, 255.0));
}

// Z up: (x, -z, y).
std::string points(const Motion& motion) {
  std::string bytes;
  for (const MotionSample& sample : motion.samples) {
    for (int j = 0; j < kSmplJoints; ++j) {
      std::array<float, 4> point = {0, 0, 0, -1};
      if (sample.body) {
        const Eigen::Vector3f& X = sample.body->joints[j];
        point = {1000 * X.x(), -1000 * X.z(), 1000 * X.y(), residual(*sample.body)};
      }
      append(bytes, point);
    }
  }
  fill_block(bytes);
  return bytes;
}

}  // namespace

void write_c3d(const Reconstruction& reconstruction, const Person& person,
               const std::filesystem::path& file) {
  const Motion motion = motion_of(reconstruction, person);
  const std::size_t blocks = parameters(motion, 0).size() / kBlock;
  const auto data_start = std::uint16_t(kParametersStart + blocks);
  safe_write(file, [&](std::ostream& out) {
    out << header(motion, data_start) << parameters(motion, data_start) << points(motion);
  });
}

}  // namespace ahap
