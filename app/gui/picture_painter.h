#pragma once

#include <optional>
#include <vector>

#include "app/gui/label_painter.h"
#include "app/gui/scene_renderer.h"
#include "reconstruction/formats/image_file.h"
#include "reconstruction/tape.h"

namespace ahap {

// What of the view a picture leaves out or adds.
struct PictureStyle {
  bool transparent = false;  // no backdrop
  bool labels = true;        // names of people and cameras, lengths of tapes
  float pixel_scale = 1;     // of lines, points and letters
};

// Pictures of the 3D view of any size, the same for windows, films and the command line: never with what the
// mouse is on, menus or messages. Needs a current OpenGL context.
class PicturePainter {
 public:
  // What the renderer shows as `view` sees it, whose size is the picture's. shown: a result of one frame,
  // what the labels are of; null: there are none.
  Drawing paint(SceneRenderer& renderer, const ViewTransform& view, const ViewState& state,
                const Reconstruction* shown, const std::vector<Tape>& tapes, const PictureStyle& style);

 private:
  void compose_labels(const ViewTransform& view, const ViewState& state, const Reconstruction& shown,
                      const std::vector<Tape>& tapes, float scale);

  Viewport viewport_;
  std::optional<LabelPainter> labels_;
  float labels_scale_ = 0;
};

}  // namespace ahap
