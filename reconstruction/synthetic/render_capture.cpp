#include "reconstruction/synthetic/render_capture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "reconstruction/random.h"

namespace ahap {
namespace {

// Normally distributed bytes with deviation 16, made once; noise starts somewhere in it.
const std::vector<std::int8_t>& noise_table() {
  static const std::vector<std::int8_t> table = [] {
    Random random(77);
    std::vector<std::int8_t> values(1 << 18);
    for (std::int8_t& v : values) v = std::int8_t(std::clamp(random.normal(0, 16), -127.f, 127.f));
    return values;
  }();
  return table;
}

// Three-tap blur of both axes; the outer taps weigh `side` of 256.
void blur(Image& image, int side) {
  const int w = image.width, h = image.height, centre = 256 - 2 * side;
  std::vector<std::uint8_t> row(std::size_t(w) * 3), above(row.size());
  for (int y = 0; y < h; ++y) {
    std::uint8_t* p = image.pixel(0, y);
    std::copy(p, p + 3 * w, row.begin());
    for (int i = 3; i < 3 * (w - 1); ++i)
      p[i] = std::uint8_t((centre * row[i] + side * (row[i - 3] + row[i + 3]) + 128) >> 8);
  }
  std::copy(image.pixel(0, 0), image.pixel(0, 0) + 3 * w, above.begin());
  for (int y = 1; y + 1 < h; ++y) {
    std::uint8_t* p = image.pixel(0, y);
    const std::uint8_t* below = image.pixel(0, y + 1);
    for (int i = 0; i < 3 * w; ++i) {
      const std::uint8_t here = p[i];
      p[i] = std::uint8_t((centre * here + side * (above[i] + below[i]) + 128) >> 8);
      above[i] = here;
    }
  }
}

// Colour differences at half resolution, as JPEG stores them.
void soften_colors(Image& image) {
  for (int y = 0; y + 1 < image.height; y += 2)
    for (int x = 0; x + 1 < image.width; x += 2) {
      std::uint8_t* p[4] = {image.pixel(x, y), image.pixel(x + 1, y), image.pixel(x, y + 1),
                            image.pixel(x + 1, y + 1)};
      int luma[4], mean_luma = 0, mean[3] = {0, 0, 0};
      for (int k = 0; k < 4; ++k) {
        luma[k] = (77 * p[k][0] + 150 * p[k][1] + 29 * p[k][2]) >> 8;
        mean_luma += luma[k];
        for (int c = 0; c < 3; ++c) mean[c] += p[k][c];
      }
      for (int k = 0; k < 4; ++k)
        for (int c = 0; c < 3; ++c)
          p[k][c] = std::uint8_t(std::clamp(luma[k] + ((mean[c] - mean_luma) >> 2), 0, 255));
    }
}

}  // namespace

RenderedCapture render_capture(std::uint64_t seed, const WorldOptions& options) {
  return render_capture(make_world(seed, options));
}

RenderedCapture capture_of_people(const World& world) {
  RenderedCapture capture;
  capture.seed = world.seed;
  for (const Actor& actor : world.people)
    capture.people.push_back({actor.smpl, actor.joints, actor.foot_contact});
  return capture;
}

RenderedCapture render_capture(const World& world) {
  RenderedCapture capture = capture_of_people(world);
  for (int view = 0; view < int(world.cameras.size()); ++view) capture.views.push_back(render(world, view));
  return capture;
}

namespace {

// Of each person's pixels.
std::vector<std::optional<Box>> visible_boxes(const RenderedView& view) {
  std::vector<std::optional<Box>> boxes(view.visible_pixels.size());
  for (int y = 0; y < view.camera.height; ++y) {
    for (int x = 0; x < view.camera.width; ++x) {
      const int person = view.person[std::size_t(y) * view.camera.width + x];
      if (person == 0) continue;
      auto& box = boxes[person - 1];
      if (!box) box = Box{double(x), double(y), x + 1.0, y + 1.0};
      box->x0 = std::min(box->x0, double(x));
      box->x1 = std::max(box->x1, x + 1.0);
      box->y1 = y + 1.0;
    }
  }
  return boxes;
}

}  // namespace

GroundTruth ground_truth(const RenderedCapture& capture) {
  GroundTruth truth;
  truth.seed = capture.seed;
  truth.people = capture.people;
  for (std::size_t i = 0; i < capture.views.size(); ++i) {
    const RenderedView& view = capture.views[i];
    char name[16];
    std::snprintf(name, sizeof name, "cam%02d", int(i) + 1);
    truth.views.push_back(
        {name, view.camera, view.depth, view.person, view.visible_pixels, visible_boxes(view)});
  }
  return truth;
}

void add_camera_noise(Image& image, std::uint64_t seed, double strength, int frame) {
  if (strength <= 0 || image.empty()) return;
  Random random(seed);
  const float s = float(strength);
  if (random.chance(0.5f)) blur(image, int(std::clamp(random.uniform(10, 80) * s, 0.f, 85.f)));

  // One table per channel: gain (white balance), offset (haze) and gamma.
  const float gamma = std::exp(random.normal(0, 0.15f * s)), haze = std::max(0.f, random.normal(0, 6 * s));
  std::array<std::array<float, 256>, 3> curve;
  for (auto& channel : curve) {
    const float gain = std::exp(random.normal(0, 0.06f * s));
    for (int i = 0; i < 256; ++i) channel[i] = haze + (255 - haze) * std::pow(i / 255.f, gamma) * gain;
  }
  const float vignette = random.chance(0.5f) ? random.uniform(0, 0.35f) * s : 0.f;
  const float dark_noise = random.uniform(0.3f, 4) * s / 16, light_noise = random.uniform(0, 3) * s / 16;
  const std::vector<std::int8_t>& noise = noise_table();
  const std::size_t mask = noise.size() - 1;
  std::size_t at = (random.next() + std::size_t(frame) * 40503) & mask;
  const float cx = 0.5f * image.width, cy = 0.5f * image.height, scale = 1 / (cx * cx + cy * cy);
  for (int y = 0; y < image.height; ++y) {
    at = (at + (random.next() & 0xffff)) & mask;
    std::uint8_t* p = image.pixel(0, y);
    for (int x = 0; x < image.width; ++x)
      for (int c = 0; c < 3; ++c, ++p) {
        const float dx = x - cx, dy = y - cy;
        const float v = curve[c][*p] * (1 - vignette * (dx * dx + dy * dy) * scale);
        const float n = noise[at = (at + 1) & mask] * (dark_noise + light_noise * *p * (1 / 255.f));
        *p = std::uint8_t(std::clamp(v + n + 0.5f, 0.f, 255.f));
      }
  }
  if (random.chance(0.7f)) soften_colors(image);
}

}  // namespace ahap
