#pragma once

namespace ahap {

struct DrawingRequest {
  int points = 600'000, people = 3, cameras = 4;
  int width = 1280, height = 800;  // pixels
  int repeat = 24;                 // pictures, a whole turn around the scene
  bool json = false;
};

// Prints how long the 3D view takes to draw a made-up room, with everything at rest and coarsely while it
// moves. Throws when no OpenGL context can be made.
void benchmark_drawing(const DrawingRequest& request);

}  // namespace ahap
