#include "reconstruction/formats/tfjs_graph.h"

#include "tests/fuzz/fuzz_reader.h"

// The bytes are the topology; a graph that names its own file as its weights reads them a second time.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return ahap::testing::fuzz_file_reader(data, size, [](const auto& file) {
    const ahap::TensorGraph graph = ahap::read_tfjs_graph(file);
    for (int n = 0; n < int(graph.nodes.size()); ++n) {
      for (const ahap::GraphInput& input : graph.nodes[n].inputs) {
        if (input.node < 0 || input.node >= n) __builtin_trap();
      }
    }
  });
}
