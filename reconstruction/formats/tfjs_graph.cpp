#include "reconstruction/formats/tfjs_graph.h"

#include <Eigen/Core>
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string_view>

#include "reconstruction/formats/mapped_file.h"
#include "reconstruction/formats/mistaken_file.h"
#include "reconstruction/formats/parse_json.h"

namespace ahap {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little);

constexpr std::size_t kMaxTopologyBytes = 64u << 20;  // a hundred times the largest network known
constexpr std::size_t kMaxWeightBytes = 1u << 30;
constexpr std::size_t kMaxAxes = 8;

float float_of_half(std::uint16_t half) {
  return float(std::bit_cast<Eigen::half>(half));
}

// Base64 (RFC 4648), as the topology writes its strings. Anything else than its alphabet ends the text.
std::string text_of_base64(const std::string& coded) {
  static const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  unsigned bits = 0;
  int count = 0;
  for (const char c : coded) {
    const auto digit = alphabet.find(c);
    if (digit == std::string::npos) break;
    bits = (bits << 6) | unsigned(digit);
    count += 6;
    if (count >= 8) text.push_back(char((bits >> (count -= 8)) & 255));
  }
  return text;
}

class GraphReader {
 public:
  explicit GraphReader(const fs::path& file) : file_(file) { graph_.file = file; }

  TensorGraph read() {
    const json root = parse();
    if (root.value("format", "") != "graph-model" || !root.contains("modelTopology") ||
        !root.contains("weightsManifest")) {
      fail("is not a TensorFlow.js graph model: it has no \"graph-model\" topology with a weights manifest");
    }
    read_weights(root.at("weightsManifest"));
    read_nodes(root.at("modelTopology").at("node"));
    if (root.contains("signature") && root["signature"].contains("outputs")) {
      for (const auto& [key, output] : root["signature"]["outputs"].items()) {
        const std::string name = output.at("name").get<std::string>();
        graph_.outputs[key] = name.substr(0, name.rfind(':'));
      }
    }
    return std::move(graph_);
  }

  [[noreturn]] void fail(const std::string& why) const {
    throw std::runtime_error(file_.string() + " " + why);
  }

 private:
  json parse() const {
    require_not_mistaken(file_);
    const MappedFile mapped(file_);
    if (mapped.size() > kMaxTopologyBytes) fail("is too large for a network's topology");
    json root;
    try {
      root = parse_json(std::string_view(reinterpret_cast<const char*>(mapped.data()), mapped.size()));
    } catch (const json::exception&) {  // said below
    }
    if (!root.is_object())
      fail("is not a TensorFlow.js graph model: it is not a JSON object; the file may be damaged");
    return root;
  }

  // The bytes of one group of weights, its files one after the other.
  std::vector<std::byte> group_bytes(const json& group) const {
    std::vector<std::byte> bytes;
    for (const json& path : group.at("paths")) {
      const std::string name = path.get<std::string>();
      if (name.empty() || name != fs::path(name).filename() || name == "." || name == "..") {
        fail("names weights outside its own folder (" + name + ")");
      }
      const MappedFile mapped(file_.parent_path() / name);
      if (mapped.size() > kMaxWeightBytes - bytes.size())
        fail("has more weights than a network that this program knows");
      bytes.insert(bytes.end(), mapped.data(), mapped.data() + mapped.size());
    }
    return bytes;
  }

  void read_weights(const json& manifest) {
    for (const json& group : manifest) {
      const std::vector<std::byte> bytes = group_bytes(group);
      std::size_t at = 0;
      for (const json& weight : group.at("weights")) read_weight(weight, bytes, at);
      if (at != bytes.size()) {
        fail("and its weights do not belong together: they need " + std::to_string(at) +
             " bytes, the files have " + std::to_string(bytes.size()));
      }
    }
  }

  std::vector<std::int64_t> read_shape(const json& weight, const std::string& name) const {
    std::vector<std::int64_t> shape;
    std::uint64_t count = 1;
    for (const json& length : weight.at("shape")) {
      if (!length.is_number_unsigned() || shape.size() == kMaxAxes)
        fail("has an impossible shape for the weights " + name);
      const auto n = length.get<std::uint64_t>();
      if (n > 0 && count > std::numeric_limits<std::uint32_t>::max() / n)
        fail("has an impossible shape for the weights " + name);
      count *= n;
      shape.push_back(std::int64_t(n));
    }
    return shape;
  }

  void read_weight(const json& weight, const std::vector<std::byte>& bytes, std::size_t& at) {
    const std::string name = weight.at("name").get<std::string>(),
                      dtype = weight.at("dtype").get<std::string>();
    GraphConstant constant;
    constant.shape = read_shape(weight, name);
    std::size_t count = 1;
    for (const std::int64_t n : constant.shape) count *= std::size_t(n);
    const json* quantization = weight.contains("quantization") ? &weight["quantization"] : nullptr;
    const std::string stored = quantization ? quantization->at("dtype").get<std::string>() : dtype;
    const std::map<std::string, std::size_t> sizes = {{"float32", 4}, {"int32", 4}, {"float16", 2},
                                                      {"uint16", 2},  {"uint8", 1}, {"bool", 1}};
    const auto size = sizes.find(stored);
    const bool known =
        size != sizes.end() && (quantization ? stored != "int32" && stored != "bool" && dtype == "float32"
                                             : stored == "float32" || stored == "int32" || stored == "bool");
    if (!known)
      fail("stores the weights " + name + " as " + dtype + (quantization ? "/" + stored : "") +
           ", which is not supported");
    const std::size_t needed = count * size->second;
    if (needed > bytes.size() - at)
      fail("and its weights do not belong together: the files end within " + name);
    const std::byte* data = bytes.data() + at;
    at += needed;
    const auto convert = [&]<typename Stored>(Stored, auto to_value, auto& out) {
      out.resize(count);
      for (std::size_t i = 0; i < count; ++i) {
        Stored value;
        std::memcpy(&value, data + i * sizeof(Stored), sizeof(Stored));
        out[i] = to_value(value);
      }
    };
    const double scale = quantization ? quantization->value("scale", 1.0) : 1.0,
                 least = quantization ? quantization->value("min", 0.0) : 0.0;
    const auto dequantize = [&](auto q) { return float(double(q) * scale + least); };
    if (stored == "float32")
      convert(
          float(), [](float v) { return v; }, constant.numbers);
    if (stored == "float16") convert(std::uint16_t(), float_of_half, constant.numbers);
    if (stored == "uint16") convert(std::uint16_t(), dequantize, constant.numbers);
    if (stored == "uint8") convert(std::uint8_t(), dequantize, constant.numbers);
    if (stored == "int32")
      convert(
          std::int32_t(), [](std::int32_t v) { return v; }, constant.integers);
    if (stored == "bool")
      convert(
          std::uint8_t(), [](std::uint8_t v) { return std::int32_t(v != 0); }, constant.integers);
    if (!graph_.constants.emplace(name, std::move(constant)).second)
      fail("lists the weights " + name + " twice");
  }

  static std::int64_t integer_of(const json& value) {
    return value.is_string() ? std::stoll(value.get<std::string>()) : value.get<std::int64_t>();
  }

  static GraphAttribute attribute_of(const json& value) {
    GraphAttribute attribute;
    const json list = value.contains("list") ? value["list"] : json::object();
    if (value.contains("i")) attribute.integers.push_back(integer_of(value["i"]));
    if (list.contains("i"))
      for (const json& i : list["i"]) attribute.integers.push_back(integer_of(i));
    if (value.contains("s")) attribute.strings.push_back(text_of_base64(value["s"].get<std::string>()));
    if (list.contains("s"))
      for (const json& s : list["s"]) attribute.strings.push_back(text_of_base64(s.get<std::string>()));
    if (value.contains("f") && value["f"].is_number()) attribute.number = value["f"].get<double>();
    if (value.contains("b")) attribute.flag = value["b"].get<bool>();
    return attribute;
  }

  void read_nodes(const json& nodes) {
    std::map<std::string, std::size_t> position;
    std::vector<const json*> listed;
    for (const json& node : nodes) {
      if (!position.emplace(node.at("name").get<std::string>(), listed.size()).second) {
        fail("has two nodes named " + node["name"].get<std::string>());
      }
      listed.push_back(&node);
    }
    struct Source {
      std::size_t node;
      int output;
    };
    std::vector<std::vector<Source>> sources(listed.size());
    std::vector<std::vector<std::size_t>> users(listed.size());
    std::vector<std::size_t> waiting(listed.size(), 0);
    for (std::size_t n = 0; n < listed.size(); ++n) {
      if (!listed[n]->contains("input")) continue;
      for (const json& input : listed[n]->at("input")) {
        const std::string name = input.get<std::string>();
        if (name.starts_with("^")) continue;
        const auto colon = name.rfind(':');
        const auto found = position.find(name.substr(0, colon));
        if (found == position.end())
          fail("has a node " + listed[n]->at("name").get<std::string>() + " that takes " + name +
               ", which is not there");
        sources[n].push_back(
            {found->second, colon == std::string::npos ? 0 : int(std::stoi(name.substr(colon + 1)))});
        users[found->second].push_back(n);
        ++waiting[n];
      }
    }
    // Kahn's algorithm; the order of the list decides among nodes that are ready, so that it is always the
    // same.
    std::set<std::size_t> ready;
    for (std::size_t n = 0; n < listed.size(); ++n)
      if (waiting[n] == 0) ready.insert(n);
    std::vector<int> order(listed.size(), -1);
    while (!ready.empty()) {
      const std::size_t n = *ready.begin();
      ready.erase(ready.begin());
      order[n] = int(graph_.nodes.size());
      graph_.nodes.push_back(node_of(*listed[n]));
      for (const Source& source : sources[n])
        graph_.nodes.back().inputs.push_back({order[source.node], source.output});
      for (const std::size_t user : users[n])
        if (--waiting[user] == 0) ready.insert(user);
    }
    for (std::size_t n = 0; n < listed.size(); ++n) {
      if (order[n] < 0)
        fail("has nodes that wait for one another, among them " + listed[n]->at("name").get<std::string>());
    }
  }

  GraphNode node_of(const json& listed) const {
    GraphNode node;
    node.name = listed.at("name").get<std::string>();
    node.op = listed.at("op").get<std::string>();
    if (node.op == "Const" && !graph_.constants.contains(node.name))
      fail("has no weights for the constant " + node.name);
    if (listed.contains("attr"))
      for (const auto& [key, value] : listed["attr"].items()) node.attributes[key] = attribute_of(value);
    return node;
  }

  fs::path file_;
  TensorGraph graph_;
};

}  // namespace

const GraphAttribute& GraphNode::attribute(const std::string& key) const {
  static const GraphAttribute none;
  const auto found = attributes.find(key);
  return found == attributes.end() ? none : found->second;
}

int TensorGraph::index_of(const std::string& node) const {
  const auto found =
      std::find_if(nodes.begin(), nodes.end(), [&](const GraphNode& n) { return n.name == node; });
  if (found == nodes.end())
    throw std::runtime_error(file.string() + " has no node " + node +
                             "; it is another network or another version of it");
  return int(found - nodes.begin());
}

TensorGraph read_tfjs_graph(const fs::path& json_file) {
  GraphReader reader(json_file);
  try {
    return reader.read();
  } catch (const json::exception&) {
    reader.fail(
        "is not a TensorFlow.js graph model that this program can read: an entry is missing or of the wrong "
        "kind");
  } catch (const std::logic_error&) {  // std::stoi
    reader.fail("is not a TensorFlow.js graph model that this program can read: a number in it is not one");
  }
}

}  // namespace ahap
