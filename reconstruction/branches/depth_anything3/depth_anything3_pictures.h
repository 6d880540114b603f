#pragma once

#include <torch/torch.h>

#include <vector>

#include "reconstruction/image.h"

// How the official code of Depth Anything 3 brings pictures to the network (process_res_method
// upper_bound_resize).
namespace ahap {

constexpr int kOfficialResolution = 504;  // pixels of the longer side

struct PictureSize {
  int width = 0, height = 0;
};

// The longer side becomes `resolution`.
PictureSize longest_side_to(PictureSize size, int resolution);
// Each side to the nearest multiple of 14, halves up.
PictureSize to_whole_patches(PictureSize size);

// Both steps in turn, each a resize of its own: cubic where something grows, else by area.
Image process_picture(const Image& picture, int resolution = kOfficialResolution);

// Processed pictures, cropped about their centres to the smallest height and the smallest width among them,
// normalised: (V, 3, H, W).
torch::Tensor depth_anything3_images(const std::vector<const Image*>& pictures,
                                     int resolution = kOfficialResolution);

}  // namespace ahap
