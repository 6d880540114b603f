#include "reconstruction/synthetic/write_capture.h"

#include <functional>
#include <stdexcept>

#include "reconstruction/capture/video_writer.h"
#include "reconstruction/formats/image_file.h"
#include "reconstruction/formats/unfinished.h"
#include "reconstruction/random.h"
#include "reconstruction/synthetic/render_capture.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

// Lets `write` fill a hidden folder beside the target and renames it when all went well.
void safe_write_folder(const fs::path& folder, const std::function<void(const fs::path&)>& write) {
  std::error_code error;
  if (fs::exists(folder, error))
    throw std::runtime_error(folder.string() + " already exists; remove it or choose another output folder");
  fs::path partial = folder;
  partial.replace_filename(".ahap-").concat(folder.filename().string()).concat(".partial");
  fs::remove_all(partial, error);  // of a run that was killed
  fs::create_directories(partial, error);
  if (error)
    throw std::runtime_error("cannot create the folder " + partial.string() + ": " + error.message());
  const Unfinished unfinished(partial);
  try {
    write(partial);
    fs::rename(partial, folder);
  } catch (...) {
    fs::remove_all(partial, error);
    throw;
  }
}

void write_picture(Image image, const CaptureFiles& files, std::uint64_t noise_seed, const fs::path& file) {
  add_camera_noise(image, noise_seed, files.camera_noise);
  if (files.jpeg)
    write_jpeg(image, file);
  else
    write_png(image, file);
}

std::uint64_t noise_seed(const World& world, int view) {
  return Random(world.seed).next() + std::uint64_t(view) * 1000003;
}

}  // namespace

void write_capture(const World& world, const CaptureFiles& files, const fs::path& folder,
                   const Progress& progress) {
  safe_write_folder(folder, [&](const fs::path& partial) {
    RenderedCapture capture = capture_of_people(world);
    const int views = int(world.cameras.size());
    for (int v = 0; v < views; ++v) {
      step(progress, "rendering", double(v) / views);
      capture.views.push_back(render(world, v));
    }
    GroundTruth truth = ground_truth(capture);
    for (int v = 0; v < views; ++v) {
      step(progress, "writing", double(v) / views);
      truth.views[v].name += files.jpeg ? ".jpg" : ".png";
      write_picture(std::move(capture.views[v].image), files, noise_seed(world, v),
                    partial / truth.views[v].name);
    }
    write_ground_truth(truth, partial);
  });
}

void write_video_capture(const MovingWorld& world, const VideoTiming& timing, const CaptureFiles& files,
                         const fs::path& folder, const Progress& progress) {
  safe_write_folder(folder, [&](const fs::path& partial) {
    const int views = int(world.start.cameras.size());
    std::vector<VideoWriter> videos;
    for (int frame = 0; frame < timing.frames; ++frame) {
      const World now = at_time(world, frame / timing.fps);
      RenderedCapture capture = capture_of_people(now);
      for (int v = 0; v < views; ++v) {
        step(progress, "rendering", (frame + double(v) / views) / timing.frames);
        capture.views.push_back(render(now, v));
      }
      GroundTruth truth = ground_truth(capture);
      truth.time = frame / timing.fps;
      for (int v = 0; v < views; ++v) {
        truth.views[v].name += ".mp4";
        truth.views[v].depth.clear();
        truth.views[v].person.clear();
        Image& image = capture.views[v].image;
        if (frame == 0)
          videos.emplace_back(partial / truth.views[v].name, image.width, image.height, timing.fps);
        add_camera_noise(image, noise_seed(world.start, v), files.camera_noise, frame);
        videos[v].add(image);
      }
      write_ground_truth(truth, partial, frame);
    }
    for (VideoWriter& video : videos) video.finish();
    write_video_truth({world.start.seed, timing.fps, timing.frames}, partial);
  });
}

}  // namespace ahap
