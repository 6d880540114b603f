#version 330 core

// One triangle that covers the target.
out vec2 target_coordinate;  // (0, 0) at the bottom left

void main() {
  target_coordinate = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
  gl_Position = vec4(2.0 * target_coordinate - 1.0, 0.0, 1.0);
}
