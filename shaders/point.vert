#version 330 core

layout(location = 0) in vec3 position;
layout(location = 1) in vec4 color_and_confidence;
layout(location = 2) in vec3 normal;
layout(location = 3) in float own_diameter;  // metres

uniform mat4 ndc_from_world;
uniform mat4 camera_from_world;  // x right, y down, z forward
uniform float focal;             // pixels
uniform float diameter;          // times the point's own
uniform float least_pixels;
uniform float most_pixels;
uniform float min_confidence;
uniform vec3 eye;
uniform bool hide_backs;
uniform uint first_id;

out vec3 color;
flat out vec2 slope;  // of the disc: depth per right and per down
flat out uint id;

void main() {
  gl_Position = ndc_from_world * vec4(position, 1.0);
  float pixels = diameter * own_diameter * focal / max(gl_Position.w, 1e-3);
  gl_PointSize = clamp(pixels, least_pixels, most_pixels);
  color = color_and_confidence.rgb;
  id = first_id + uint(gl_VertexID);
  // Seen from its edge a disc would be nothing: it stays as wide as it is when seen at 60 degrees, and small ones stay round.
  vec3 n = mat3(camera_from_world) * normal;
  n.z = n.z < 0.0 ? min(n.z, -0.5) : max(n.z, 0.5);
  slope = pixels > 1.5 * least_pixels ? -n.xy / n.z : vec2(0.0);
  // A little more than the back side: where a surface is seen along its edge, only its noise would show.
  bool from_behind = hide_backs && normal != vec3(0.0) && dot(normal, normalize(eye - position)) < 0.08;
  if (color_and_confidence.a < min_confidence || from_behind) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);  // outside: clipped
}
