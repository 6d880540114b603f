#pragma once

#include <optional>
#include <set>

namespace ahap {

// What a person points at or has chosen, in every panel at once. Person ids are 1-based; 0 and -1 mean
// nothing.
struct Highlight {
  int person = 0;      // id
  int detection = -1;  // index into ReconstructedFrame::detections
  int view = -1;       // index into Reconstruction::views

  bool operator==(const Highlight&) const = default;
};

enum class PointColors { picture, person, view, confidence };

// What covers a photo that is shown large: nothing, or what the points are that it gave.
enum class PhotoCover { none, depth, confidence };

// What is shown and how. Nothing here changes a result.
struct ViewState {
  bool points = true;
  float point_size = 1;          // times the typical distance between neighbouring points
  float min_confidence = 0.15f;  // 0..1
  bool hide_backs = true;        // surfaces seen from behind: one looks into a room over its walls
  PointColors point_colors = PointColors::picture;
  bool person_points = false;  // also those on people, which otherwise cover the bodies

  bool cameras = true;
  float camera_size = 0.5f;      // metres from the camera's centre to its picture
  float picture_opacity = 0.9f;  // of the pictures in the cameras

  bool bodies = true;
  bool identity_colors = true;  // false: all bodies in one clay colour
  float body_opacity = 1;
  bool skeletons = false;
  std::set<int> hidden_people;  // ids; the session's

  // Of a range of frames, of the selected person or else of all.
  bool trails = true;          // the way of some joints
  float trail_seconds = 1.5f;  // before and after the shown frame
  bool trail_pelvis = true, trail_wrists = true, trail_ankles = true;
  bool ghosts = false;         // translucent bodies of other frames
  float ghost_seconds = 0.5f;  // from one to the next

  std::optional<bool> show_offsets;  // of the cameras, in the time line; nothing: where they are apart
  int offset_camera = -1;            // whose offset keys move

  bool grid = true;
  float depth_shading = 0.5f;  // 0..1

  int look_through = -1;           // view whose camera is the eye, -1: free
  float backdrop_opacity = 0.85f;  // of its picture behind the scene
  bool points_through = false;     // also the points, which otherwise cover the picture
  // Instead of body_opacity and skeletons while a camera is the eye: the picture is seen through the bodies.
  float body_opacity_through = 0.4f;
  bool skeletons_through = true;

  int photo = -1;  // view whose picture is shown large instead of the scene, -1: none
  PhotoCover photo_cover = PhotoCover::none;
  bool photo_joints = true;   // over it, joints with arrows to where the bodies have them
  bool strip_joints = false;  // over the small pictures likewise

  Highlight hovered, selected;

  bool shows_person(int id) const { return !hidden_people.contains(id); }
  float opacity_of_bodies() const { return look_through >= 0 ? body_opacity_through : body_opacity; }
  // Where bodies are drawn, points cover them.
  bool shows_points_on_people() const {
    return person_points || !bodies || point_colors == PointColors::person;
  }
  bool shows_skeletons() const { return look_through >= 0 ? skeletons_through : skeletons; }
  bool operator==(const ViewState&) const = default;
};

}  // namespace ahap
