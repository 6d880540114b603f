#version 330 core

layout(location = 0) in vec3 position;
layout(location = 1) in vec3 normal;

uniform mat4 ndc_from_world;
uniform vec2 target_size;
uniform float width;  // pixels

void main() {
  gl_Position = ndc_from_world * vec4(position, 1.0);
  vec2 direction = (ndc_from_world * vec4(normal, 0.0)).xy * target_size;
  float size = length(direction);
  if (size > 1e-6) gl_Position.xy += direction / size * 2.0 * width / target_size * gl_Position.w;
}
