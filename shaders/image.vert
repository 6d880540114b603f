#version 330 core

uniform mat4 ndc_from_world;
uniform vec3 top_left;
uniform vec3 top_right;
uniform vec3 bottom_left;
uniform vec3 bottom_right;
uniform uint image_id;

out vec2 picture_coordinate;  // (0, 0) at the top left
flat out uint id;

void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  vec3 position = mix(mix(top_left, top_right, corner.x), mix(bottom_left, bottom_right, corner.x), corner.y);
  gl_Position = ndc_from_world * vec4(position, 1.0);
  picture_coordinate = corner;
  id = image_id;
}
