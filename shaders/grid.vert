#version 330 core

uniform mat4 ndc_from_world;
uniform vec2 centre;   // x, z
uniform float radius;  // metres

out vec2 floor_position;  // x, z

void main() {
  vec2 corner = 2.0 * vec2(gl_VertexID & 1, gl_VertexID >> 1) - 1.0;
  floor_position = centre + radius * corner;
  gl_Position = ndc_from_world * vec4(floor_position.x, 0.0, floor_position.y, 1.0);
}
