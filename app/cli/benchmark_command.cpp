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
  int views = 0;           // 0: as many as the capture has
  std::vector<int> sweep;  // several numbers of them, in place of `views`
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

// The first views of the capture, repeated from the first on where more are asked for.
std::vector<View> as_many(const std::vector<View>& own, int wanted) {
  std::vector<View> views(own.begin(), own.begin() + std::min<std::ptrdiff_t>(wanted, std::ssize(own)));
  for (std::size_t i = own.size(); i < std::size_t(wanted); ++i) {
    views.push_back(own[i % own.size()]);
    views.back().name += " (" + std::to_string(i / own.size() + 1) + ")";
  }
  return views;
}

// What the runs on one number of views took.
struct Measurement {
  std::size_t views = 0, people = 0;
  std::string model;
  std::vector<std::string> stages;                     // in their order
  std::map<std::string, std::vector<double>> seconds;  // of each stage and run
  std::vector<double> totals;
  double peak_memory = 0;  // MiB, of the process so far
};

Measurement measure(const std::vector<View>& views, Model& model, const BenchmarkRequest& request,
                    TerminalProgress& terminal) {
  using Clock = std::chrono::steady_clock;
  Progress only_stop;
  only_stop.stop_requested = terminal.progress().stop_requested;
  Measurement measured;
  measured.views = views.size();
  const std::string what = std::to_string(views.size()) + (views.size() == 1 ? " view" : " views");
  terminal.report(what + ", warming up", 0);
  reconstruct(views, model, request.options, only_stop);  // warms caches and kernels up
  for (int run = 0; run < request.repeat; ++run) {
    terminal.report(what + ", runs", double(run) / request.repeat);
    const auto begin = Clock::now();
    const auto result = reconstruct(views, model, request.options, only_stop);
    measured.totals.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
    for (const StageTiming& timing : result->timings) {
      if (!measured.seconds.count(timing.stage)) measured.stages.push_back(timing.stage);
      measured.seconds[timing.stage].push_back(timing.seconds);
    }
    measured.people = result->people.size();
    measured.model = result->model_name;
  }
  measured.peak_memory = peak_memory();
  terminal.clear();
  return measured;
}

nlohmann::ordered_json json_of(const Measurement& measured, int runs, double load) {
  nlohmann::ordered_json json = {{"model", measured.model},
                                 {"views", measured.views},
                                 {"people", measured.people},
                                 {"runs", runs},
                                 {"load_seconds", load},
                                 {"peak_memory_mib", measured.peak_memory},
                                 {"total_seconds", median(measured.totals)}};
  for (const std::string& stage : measured.stages) {
    const std::vector<double>& seconds = measured.seconds.at(stage);
    const auto [least, most] = std::minmax_element(seconds.begin(), seconds.end());
    json["seconds"][stage] = median(seconds);
    json["least_seconds"][stage] = *least;
    json["most_seconds"][stage] = *most;
  }
  return json;
}

void print(const Measurement& measured, int runs) {
  std::printf("%s model, %zu view%s, %zu %s, median of %d run%s after one to warm up\n\n",
              measured.model.c_str(), measured.views, measured.views == 1 ? "" : "s", measured.people,
              measured.people == 1 ? "person" : "people", runs, runs == 1 ? "" : "s");
  std::printf("  %-16s %8s %8s %8s\n", "stage", "median", "least", "most");
  const auto row = [](const std::string& name, const std::vector<double>& values) {
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    std::printf("  %-16s %6.3f s %6.3f s %6.3f s\n", name.c_str(), median(values), *least, *most);
  };
  for (const std::string& stage : measured.stages) row(stage, measured.seconds.at(stage));
  row("all", measured.totals);
  std::printf("\n  peak memory so far %.0f MiB\n\n", measured.peak_memory);
  std::fflush(stdout);
}

void benchmark(BenchmarkRequest request) {
  if (request.inputs.empty()) request.inputs = {sample_capture()};
  TerminalProgress terminal(TerminalProgress::Detail::normal);
  const Progress progress = terminal.progress();
  const auto start = std::chrono::steady_clock::now();
  step(progress, "load model", 0);
  const auto model = load_model(request.options.load);
  const double load = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const std::vector<View> views = decode_frame(open_capture(request.inputs, progress), 0, nullptr, progress);

  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  if (request.sweep.empty()) request.sweep = {request.views};
  for (const int count : request.sweep) {
    const Measurement measured =
        measure(as_many(views, count > 0 ? count : int(views.size())), *model, request, terminal);
    if (request.json)
      all.push_back(json_of(measured, request.repeat, load));
    else
      print(measured, request.repeat);
  }
  if (request.json)
    std::cout << (all.size() == 1 ? all[0] : all).dump(1) << std::endl;
  else
    std::printf("  loading the model %.2f s\n", load);
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
  auto* views = command
                    ->add_option("--views", request->views,
                                 "Number of views; the capture's are repeated where it has fewer")
                    ->check(CLI::Range(1, 1000));
  command
      ->add_option("--sweep", request->sweep,
                   "Several numbers of views, separated by commas, one after the other")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(1, 1000))
      ->excludes(views)
      ->type_name("N,N,...");
  command->add_option("--repeat", request->repeat, "Timed runs")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_flag("--json", request->json, "Print the numbers as JSON; a list of them for a sweep");
  command->footer(
      "Examples:\n"
      "  ahap benchmark\n"
      "  ahap benchmark photos/ --views 8 --precision f32 --repeat 10 --json\n"
      "  ahap benchmark --sweep 1,2,4,8\n");
  command->callback([request] { benchmark(*request); });
}

}  // namespace ahap
