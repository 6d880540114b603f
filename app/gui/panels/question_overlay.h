#pragma once

#include <vector>

#include "app/gui/session.h"
#include "renderer/gl.h"

namespace ahap {

// Asks with their pictures how photos are meant that may be views of one moment or frames of one camera.
class QuestionOverlay {
 public:
  // Shows the session's question, if there is one, and answers it.
  void draw(Session& session);

 private:
  void draw_pictures(const std::vector<Image>& pictures);

  std::vector<gl::Texture> textures_;
  bool shown_ = false;
};

}  // namespace ahap
