#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/assets.h"
#include "app/cli/commands.h"
#include "app/cli/option_choice.h"
#include "app/cli/terminal_progress.h"
#include "app/program_options.h"
#include "reconstruction/capture/views.h"
#include "reconstruction/reconstruct.h"

namespace ahap {
namespace {

struct BenchmarkRequest {
  std::vector<std::filesystem::path> inputs;
  Options options = program_options();
  int repeat = 5;
  int views = 0;  // 0: as many as the capture has
  bool json = false;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

// The most memory the process ever held, MiB; 0 where Linux does not tell.
double peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kibibytes = 0;
    if (word == "VmHWM:" && status >> kibibytes) return kibibytes / 1024;
  }
  return 0;
}

// The capture's views, repeated from the first on where more are asked for.
std::vector<View> views_of(const BenchmarkRequest& request, const Progress& progress) {
  auto views = decode_frame(open_capture(request.inputs), 0, nullptr, progress);
  const std::size_t own = views.size(), wanted = request.views > 0 ? std::size_t(request.views) : own;
  for (std::size_t i = own; i < wanted; ++i) {
    views.push_back(views[i % own]);
    views.back().name += " (" + std::to_string(i / own + 1) + ")";
  }
  views.resize(wanted);
  return views;
}

void benchmark(BenchmarkRequest request) {
  using Clock = std::chrono::steady_clock;
  const auto seconds_since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  if (request.inputs.empty()) request.inputs = {sample_capture()};
  TerminalProgress terminal(TerminalProgress::Detail::normal);
  const Progress progress = terminal.progress();
  Progress only_stop;
  only_stop.stop_requested = progress.stop_requested;

  const auto start = Clock::now();
  const auto model = load_model(request.options.load);
  const double load = seconds_since(start);
  const auto views = views_of(request, only_stop);
  auto result = reconstruct(views, *model, request.options, only_stop);  // warms caches and kernels up

  std::vector<std::string> stages;
  std::map<std::string, std::vector<double>> seconds;
  std::vector<double> totals;
  for (int run = 0; run < request.repeat; ++run) {
    terminal.report("runs", double(run) / request.repeat);
    const auto begin = Clock::now();
    result = reconstruct(views, *model, request.options, only_stop);
    totals.push_back(seconds_since(begin));
    for (const StageTiming& timing : result->timings) {
      if (!seconds.count(timing.stage)) stages.push_back(timing.stage);
      seconds[timing.stage].push_back(timing.seconds);
    }
  }
  terminal.clear();

  if (request.json) {
    nlohmann::ordered_json json = {
        {"model", result->model_name},    {"views", views.size()}, {"people", result->people.size()},
        {"runs", request.repeat},         {"load_seconds", load},  {"peak_memory_mib", peak_memory()},
        {"total_seconds", median(totals)}};
    for (const auto& stage : stages) json["seconds"][stage] = median(seconds[stage]);
    std::cout << json.dump(1) << std::endl;
    return;
  }
  std::printf("%s model, %zu views, %zu people, median of %d runs after one to warm up\n\n",
              result->model_name.c_str(), views.size(), result->people.size(), request.repeat);
  std::printf("  %-16s %8s %8s %8s\n", "stage", "median", "least", "most");
  const auto row = [](const std::string& name, const std::vector<double>& values) {
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    std::printf("  %-16s %6.3f s %6.3f s %6.3f s\n", name.c_str(), median(values), *least, *most);
  };
  for (const auto& stage : stages) row(stage, seconds[stage]);
  row("all", totals);
  std::printf("\n  loading the model %.2f s, peak memory %.0f MiB\n", load, peak_memory());
}

}  // namespace

void add_benchmark_command(CLI::App& program) {
  auto* command = program.add_subcommand("benchmark", "Time every stage of a reconstruction.");
  auto request = std::make_shared<BenchmarkRequest>();
  command->add_option("INPUT", request->inputs, "As for reconstruct (default: the sample capture)");
  command
      ->add_option("--model", request->options.load.model,
                   "Name of an installed model, or a folder with a model.json")
      ->type_name("NAME|DIR");
  add_association_option(*command, request->options.association);
  add_refine_option(*command, request->options.refine);
  add_device_options(*command, request->options);
  command
      ->add_option("--views", request->views,
                   "Number of views; the capture's are repeated where it has fewer")
      ->check(CLI::Range(1, 1000));
  command->add_option("--repeat", request->repeat, "Timed runs")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_flag("--json", request->json, "Print the medians as JSON");
  command->footer(
      "Examples:\n"
      "  ahap benchmark\n"
      "  ahap benchmark photos/ --views 8 --precision f32 --repeat 10 --json\n");
  command->callback([request] { benchmark(*request); });
}

}  // namespace ahap
