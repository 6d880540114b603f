#version 330 core

layout(location = 0) in vec3 position;
layout(location = 1) in vec4 color_and_confidence;
layout(location = 2) in vec3 normal;

uniform mat4 ndc_from_world;
uniform float focal;         // pixels
uniform float diameter;      // metres
uniform float least_pixels;
uniform float min_confidence;
uniform vec3 eye;
uniform bool hide_backs;
uniform uint first_id;

out vec3 color;
flat out uint id;

void main() {
  gl_Position = ndc_from_world * vec4(position, 1.0);
  gl_PointSize = clamp(diameter * focal / max(gl_Position.w, 1e-3), least_pixels, 48.0);
  color = color_and_confidence.rgb;
  id = first_id + uint(gl_VertexID);
  // A little more than the back side: where a surface is seen along its edge, only its noise would show.
  bool from_behind = hide_backs && normal != vec3(0.0) && dot(normal, normalize(eye - position)) < 0.08;
  if (color_and_confidence.a < min_confidence || from_behind) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);  // outside: clipped
}
