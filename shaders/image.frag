#version 330 core

in vec2 picture_coordinate;

uniform sampler2D picture;
uniform float opacity;

out vec4 fragment;

void main() { fragment = vec4(texture(picture, picture_coordinate).rgb, opacity); }
