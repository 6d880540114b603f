#version 330 core

in vec3 color;
flat in vec2 slope;

out vec4 fragment;

void main() {
  vec2 from_centre = 2.0 * gl_PointCoord - 1.0;
  float deeper = dot(from_centre, slope);
  if (dot(from_centre, from_centre) + deeper * deeper > 1.0) discard;
  fragment = vec4(color, 1.0);
}
