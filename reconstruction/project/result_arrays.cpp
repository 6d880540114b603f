#include "reconstruction/project/result_arrays.h"

#include <algorithm>
#include <array>
#include <map>

#include "reconstruction/body/own_body.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/project/body_arrays.h"
#include "reconstruction/project/columns.h"
#include "reconstruction/project/time_offset_json.h"

namespace ahap {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<UpSource, const char*>, 3> kUpSources = {
    {{UpSource::people_and_floor, "people_and_floor"},
     {UpSource::gravity_estimate, "gravity_estimate"},
     {UpSource::reference_camera, "reference_camera"}}};

// What a frame is but for its lists: how many elements of the tables that follow are its own.
struct FrameRow {
  std::int64_t number = 0;
  double time = 0;
  std::int64_t pictures = 0, detections = 0, association_rows = 0;
  std::int64_t cloud = 0;  // index into the clouds
  double margin = 0;       // of the runner-up
};

struct PictureRow {
  std::int32_t width = 0, height = 0;
};

struct PersonRow {
  std::int64_t bodies = 0;
};

template <typename Columns>
void describe_frames(Columns&& columns) {
  columns.value(
      "number", [](auto& frame) -> auto& { return frame.number; });
  columns.value(
      "time", [](auto& frame) -> auto& { return frame.time; });
  columns.value(
      "pictures", [](auto& frame) -> auto& { return frame.pictures; });
  columns.value(
      "detections", [](auto& frame) -> auto& { return frame.detections; });
  columns.value(
      "association_rows", [](auto& frame) -> auto& { return frame.association_rows; });
  columns.value(
      "cloud", [](auto& frame) -> auto& { return frame.cloud; });
  columns.value(
      "margin", [](auto& frame) -> auto& { return frame.margin; });
}

template <typename Columns>
void describe_frame_lists(Columns&& columns) {
  columns.list(
      "association_ids", [](auto& frame) -> auto& { return frame.association.person_ids; });
  columns.list(
      "runner_up", [](auto& frame) -> auto& { return frame.runner_up.person_ids; });
}

template <typename Columns>
void describe_cameras(Columns&& columns) {
  columns.value(
      "K", [](auto& camera) -> auto& { return camera.K; });
  columns.value(
      "width", [](auto& camera) -> auto& { return camera.width; });
  columns.value(
      "height", [](auto& camera) -> auto& { return camera.height; });
  columns.value(
      "world_from_camera", [](auto& camera) -> auto& { return camera.world_from_camera.matrix(); });
}

template <typename Columns>
void describe_pictures(Columns&& columns) {
  columns.value(
      "width", [](auto& picture) -> auto& { return picture.width; });
  columns.value(
      "height", [](auto& picture) -> auto& { return picture.height; });
  columns.list(
      "rgb", [](auto& picture) -> auto& { return picture.rgb; });
}

template <typename Columns>
void describe_clouds(Columns&& columns) {
  columns.list(
      "positions", [](auto& cloud) -> auto& { return cloud.positions; });
  columns.list(
      "colors", [](auto& cloud) -> auto& { return cloud.colors; });
  columns.list(
      "confidence", [](auto& cloud) -> auto& { return cloud.confidence; });
  columns.list(
      "view", [](auto& cloud) -> auto& { return cloud.view; });
  columns.list(
      "person", [](auto& cloud) -> auto& { return cloud.person; });
}

template <typename Columns>
void describe_detections(Columns&& columns) {
  columns.value(
      "view", [](auto& detection) -> auto& { return detection.view; });
  columns.value(
      "person_id", [](auto& detection) -> auto& { return detection.person_id; });
  columns.value(
      "score", [](auto& detection) -> auto& { return detection.score; });
  columns.value(
      "keypoint", [](auto& detection) -> auto& { return detection.keypoint; });
  columns.value(
      "keypoint_depth", [](auto& detection) -> auto& { return detection.keypoint_depth; });
  columns.value(
      "x0", [](auto& detection) -> auto& { return detection.box.x0; });
  columns.value(
      "y0", [](auto& detection) -> auto& { return detection.box.y0; });
  columns.value(
      "x1", [](auto& detection) -> auto& { return detection.box.x1; });
  columns.value(
      "y1", [](auto& detection) -> auto& { return detection.box.y1; });
  columns.list(
      "joints2d", [](auto& detection) -> auto& { return detection.joints2d; });
  columns.later_value(
      "left_out", [](auto& detection) -> auto& { return detection.left_out; });
  columns.later_value(
      "locked", [](auto& detection) -> auto& { return detection.locked; });
}

template <typename Columns>
void describe_weights(Columns&& columns) {
  columns.list(
      "weight", [](auto& row) -> auto& { return row; });
}

template <typename Columns>
void describe_people(Columns&& columns) {
  columns.value(
      "id", [](auto& person) -> auto& { return person.id; });
  columns.value(
      "betas", [](auto& person) -> auto& { return person.betas; });
  columns.list(
      "smplx_betas", [](auto& person) -> auto& { return person.smplx_betas; });
  columns.value(
      "height", [](auto& person) -> auto& { return person.height; });
}

template <typename Columns>
void describe_body_counts(Columns&& columns) {
  columns.value(
      "bodies", [](auto& person) -> auto& { return person.bodies; });
}

template <typename Columns>
void describe_bodies(Columns&& columns) {
  columns.value(
      "frame", [](auto& body) -> auto& { return body.frame; });
  columns.value(
      "pose", [](auto& body) -> auto& { return body.pose; });
  columns.value(
      "transl", [](auto& body) -> auto& { return body.transl; });
  columns.list(
      "vertices", [](auto& body) -> auto& { return body.mesh.positions; });
  columns.list(
      "normals", [](auto& body) -> auto& { return body.mesh.normals; });
  columns.list(
      "triangles", [](auto& body) -> auto& { return body.mesh.triangles; });
  columns.list(
      "joints", [](auto& body) -> auto& { return body.joints; });
  columns.value(
      "reference_view", [](auto& body) -> auto& { return body.reference_view; });
  columns.value(
      "triangulated", [](auto& body) -> auto& { return body.triangulated; });
  columns.value(
      "triangulation_residual", [](auto& body) -> auto& { return body.triangulation_residual; });
  columns.value(
      "position_sigma", [](auto& body) -> auto& { return body.position_sigma; });
  columns.value(
      "foot_contact", [](auto& body) -> auto& { return body.foot_contact; });
  columns.list(
      "detections", [](auto& body) -> auto& { return body.detections; });
}

template <typename Columns>
void describe_smplx_bodies(Columns&& columns) {
  columns.value(
      "expression", [](auto& body) -> auto& { return body.smplx->expression; });
  columns.value(
      "pose", [](auto& body) -> auto& { return body.smplx->pose; });
  columns.value(
      "transl", [](auto& body) -> auto& { return body.smplx->transl; });
}

// SMPL-X bodies by their place among all bodies.
struct SmplxRow {
  std::int64_t body = 0;
};

template <typename Columns>
void describe_smplx_rows(Columns&& columns) {
  columns.value(
      "body", [](auto& row) -> auto& { return row.body; });
}

template <typename Row>
ColumnWriter<Row> written(Npz& arrays, const char* name, const std::vector<Row>& rows) {
  return {arrays, name, rows_of(rows)};
}
template <typename Row>
ColumnWriter<Row> written(Npz& arrays, const char* name, std::vector<const Row*> rows) {
  return {arrays, name, std::move(rows)};
}
template <typename Row>
ColumnReader<Row> read(const Npz& arrays, const char* name, std::vector<Row>& rows) {
  return {arrays, name, rows_of(rows)};
}
template <typename Row>
ColumnReader<Row> read(const Npz& arrays, const char* name, std::vector<Row*> rows) {
  return {arrays, name, std::move(rows)};
}

// What of a result is text or is there once.
Json json_of(const Reconstruction& result) {
  Json views = Json::array(), people = Json::array(), timings = Json::array(), messages = Json::array();
  for (const ReconstructedView& view : result.views) {
    views.push_back({{"name", lossless_utf8(view.name)},
                     {"path", lossless_utf8(view.path)},
                     {"camera_estimated", view.camera_estimated},
                     {"left_out", view.left_out},
                     {"time_offset", time_offset_json<Json>(view.time_offset)},
                     {"cameras", view.cameras.size()}});
  }
  for (const Person& person : result.people)
    people.push_back({{"name", lossless_utf8(person.name)}, {"gender", lossless_utf8(person.gender)}});
  for (const StageTiming& timing : result.timings)
    timings.push_back({{"stage", lossless_utf8(timing.stage)}, {"seconds", timing.seconds}});
  for (const std::string& message : result.messages) messages.push_back(lossless_utf8(message));
  const auto up = std::find_if(kUpSources.begin(), kUpSources.end(),
                               [&](const auto& pair) { return pair.first == result.up_source; });
  return {{"program_version", lossless_utf8(result.program_version)},
          {"model", lossless_utf8(result.model_name)},
          {"association_method", lossless_utf8(result.association_method)},
          {"primary_keypoint", lossless_utf8(result.primary_keypoint)},
          {"scale", result.scale},
          {"up_source", up->second},
          {"partial", result.partial},
          {"views", views},
          {"people", people},
          {"timings", timings},
          {"messages", messages}};
}

void put_body_model(const Reconstruction& result, ResultArrays& out) {
  if (!result.body_model) return;
  const BodyModel& body = *result.body_model;
  Json& json = out.json["body_model"];
  json = {{"name", body.name}, {"gender", body.gender}, {"hash", std::to_string(hash_of_body(body))}};
  const auto own = own_body(body.name);
  const bool can_be_made = own && own->gender == body.gender && hash_of_body(*own) == hash_of_body(body);
  json["arrays"] = !can_be_made;
  if (!can_be_made) put_body(body, out.arrays);
}

// Bodies of an older program's own body move as they did, and may look a little different.
void take_body_model(const JsonReader& in, const JsonReader::Json& json, const std::string& where,
                     const Npz& arrays, Reconstruction& result) {
  if (!in.has(json, "body_model")) return;
  const JsonReader::Json& body = in.field(json, where, "body_model");
  const std::string here = where + ".body_model", name = in.text(body, here, "name");
  if (in.flag(body, here, "arrays")) {
    result.body_model = take_body(name, in.text(body, here, "gender"), arrays);
    return;
  }
  result.body_model = own_body(name);
  if (!result.body_model) in.fail(here + ".name", "a body that this program can make");
  if (std::to_string(hash_of_body(*result.body_model)) != in.text(body, here, "hash"))
    result.messages.push_back(
        "The bodies were saved by another version of this program and may look slightly different.");
}

std::vector<const BodyInFrame*> all_bodies(const Reconstruction& result) {
  std::vector<const BodyInFrame*> bodies;
  for (const Person& person : result.people)
    for (const BodyInFrame& body : person.bodies) bodies.push_back(&body);
  return bodies;
}

void put_people(const Reconstruction& result, Npz& arrays) {
  std::vector<PersonRow> counts;
  for (const Person& person : result.people) counts.push_back({std::int64_t(person.bodies.size())});
  describe_people(written(arrays, "people", result.people));
  describe_body_counts(written(arrays, "people", counts));
  const std::vector<const BodyInFrame*> bodies = all_bodies(result);
  describe_bodies(written(arrays, "bodies", bodies));
  std::vector<const BodyInFrame*> smplx;
  std::vector<SmplxRow> rows;
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    if (!bodies[i]->smplx) continue;
    smplx.push_back(bodies[i]);
    rows.push_back({std::int64_t(i)});
  }
  describe_smplx_rows(written(arrays, "smplx", rows));
  describe_smplx_bodies(written(arrays, "smplx", smplx));
}

// Clouds that several frames share are written once.
void put_frames(const Reconstruction& result, Npz& arrays) {
  std::vector<FrameRow> rows;
  std::vector<const Image*> pictures;
  std::vector<const Detection*> detections;
  std::vector<const std::vector<float>*> weights;
  std::vector<const PointCloud*> clouds;
  for (const ReconstructedFrame& frame : result.frames) {
    auto cloud = std::find(clouds.begin(), clouds.end(), frame.points.get());
    if (cloud == clouds.end()) cloud = clouds.insert(clouds.end(), frame.points.get());
    rows.push_back({.number = frame.number,
                    .time = frame.time,
                    .pictures = std::int64_t(frame.pictures.size()),
                    .detections = std::int64_t(frame.detections.size()),
                    .association_rows = std::int64_t(frame.association.weight.size()),
                    .cloud = cloud - clouds.begin(),
                    .margin = frame.runner_up.margin});
    for (const Image& picture : frame.pictures) pictures.push_back(&picture);
    for (const Detection& detection : frame.detections) detections.push_back(&detection);
    for (const std::vector<float>& row : frame.association.weight) weights.push_back(&row);
  }
  describe_frames(written(arrays, "frames", rows));
  describe_frame_lists(written(arrays, "frames", result.frames));
  describe_pictures(written(arrays, "pictures", pictures));
  describe_detections(written(arrays, "detections", detections));
  describe_weights(written(arrays, "association", weights));
  describe_clouds(written(arrays, "points", clouds));
}

std::string text_of(const JsonReader& in, const JsonReader::Json& json, const std::string& where,
                    const char* name) {
  return from_lossless_utf8(in.text(json, where, name));
}

// Lengths that a file claims, each at most what is left of `total`; all of it in the end.
class Shares {
 public:
  Shares(std::string what, std::size_t total) : what_(std::move(what)), left_(total) {}
  std::size_t take(std::int64_t count) {
    if (count < 0 || std::size_t(count) > left_) fail();
    left_ -= std::size_t(count);
    return std::size_t(count);
  }
  void finish() const {
    if (left_ > 0) fail();
  }

 private:
  [[noreturn]] void fail() const {
    throw DamagedResult("its frames and people do not have as many " + what_ + " as there are");
  }
  std::string what_;
  std::size_t left_;
};

void take_views(const JsonReader& in, const JsonReader::Json& json, const std::string& where,
                const Npz& arrays, Reconstruction& result) {
  const JsonReader::Json& views = in.array(json, where, "views");
  Shares cameras("cameras", row_count(arrays, "cameras.K"));
  std::vector<Camera*> rows;
  for (std::size_t v = 0; v < views.size(); ++v) {
    const std::string here = where + ".views[" + std::to_string(v) + "]";
    ReconstructedView& view = result.views.emplace_back();
    view.name = text_of(in, views[v], here, "name");
    view.path = text_of(in, views[v], here, "path");
    view.camera_estimated = in.flag(views[v], here, "camera_estimated");
    view.time_offset = time_offset_of(in, views[v], here);
    view.left_out = in.has(views[v], "left_out") && in.flag(views[v], here, "left_out");
    view.cameras.resize(cameras.take(in.integer(views[v], here, "cameras", 1, INT32_MAX)));
  }
  cameras.finish();
  for (ReconstructedView& view : result.views)
    for (Camera& camera : view.cameras) rows.push_back(&camera);
  describe_cameras(read(arrays, "cameras", rows));
}

void take_people(const JsonReader& in, const JsonReader::Json& json, const std::string& where,
                 const Npz& arrays, Reconstruction& result) {
  const JsonReader::Json& people = in.array(json, where, "people");
  Shares counted("people", row_count(arrays, "people.id"));
  result.people.resize(counted.take(std::int64_t(people.size())));
  counted.finish();
  std::vector<PersonRow> counts(people.size());
  describe_people(read(arrays, "people", result.people));
  describe_body_counts(read(arrays, "people", counts));
  Shares shares("bodies", row_count(arrays, "bodies.frame"));
  std::vector<BodyInFrame*> bodies;
  for (std::size_t p = 0; p < people.size(); ++p) {
    const std::string here = where + ".people[" + std::to_string(p) + "]";
    Person& person = result.people[p];
    person.name = text_of(in, people[p], here, "name");
    person.gender = text_of(in, people[p], here, "gender");
    person.bodies.resize(shares.take(counts[p].bodies));
    for (BodyInFrame& body : person.bodies) bodies.push_back(&body);
  }
  shares.finish();
  describe_bodies(read(arrays, "bodies", bodies));
  std::vector<SmplxRow> rows(row_count(arrays, "smplx.body"));
  describe_smplx_rows(read(arrays, "smplx", rows));
  std::vector<BodyInFrame*> smplx;
  for (const SmplxRow& row : rows) {
    if (row.body < 0 || row.body >= std::int64_t(bodies.size()) || bodies[std::size_t(row.body)]->smplx)
      throw DamagedResult("the array smplx.body names a body that is not there, or one twice");
    smplx.push_back(bodies[std::size_t(row.body)]);
    smplx.back()->smplx.emplace();
  }
  describe_smplx_bodies(read(arrays, "smplx", smplx));
}

void take_frames(const Npz& arrays, Reconstruction& result) {
  std::vector<FrameRow> rows(row_count(arrays, "frames.number"));
  describe_frames(read(arrays, "frames", rows));
  std::vector<PointCloud> clouds(row_count(arrays, "points.positions.size"));
  describe_clouds(read(arrays, "points", clouds));
  std::vector<std::shared_ptr<const PointCloud>> shared;
  for (PointCloud& cloud : clouds) shared.push_back(std::make_shared<const PointCloud>(std::move(cloud)));

  Shares pictures("pictures", row_count(arrays, "pictures.width"));
  Shares detections("detections", row_count(arrays, "detections.view"));
  Shares weights("rows of the association", row_count(arrays, "association.weight.size"));
  result.frames.resize(rows.size());
  std::vector<Image*> picture_rows;
  std::vector<Detection*> detection_rows;
  std::vector<std::vector<float>*> weight_rows;
  for (std::size_t f = 0; f < rows.size(); ++f) {
    ReconstructedFrame& frame = result.frames[f];
    if (rows[f].number < 0 || rows[f].number > INT32_MAX)
      throw DamagedResult("the array frames.number holds a number that no frame can have");
    frame.number = int(rows[f].number);
    frame.time = rows[f].time;
    frame.runner_up.margin = rows[f].margin;
    if (rows[f].cloud < 0 || rows[f].cloud >= std::int64_t(shared.size()))
      throw DamagedResult("the array frames.cloud names a point cloud that is not there");
    frame.points = shared[std::size_t(rows[f].cloud)];
    frame.pictures.resize(pictures.take(rows[f].pictures));
    frame.detections.resize(detections.take(rows[f].detections));
    frame.association.weight.resize(weights.take(rows[f].association_rows));
    for (Image& picture : frame.pictures) picture_rows.push_back(&picture);
    for (Detection& detection : frame.detections) detection_rows.push_back(&detection);
    for (std::vector<float>& row : frame.association.weight) weight_rows.push_back(&row);
  }
  pictures.finish();
  detections.finish();
  weights.finish();
  describe_frame_lists(read(arrays, "frames", result.frames));
  describe_pictures(read(arrays, "pictures", picture_rows));
  describe_detections(read(arrays, "detections", detection_rows));
  describe_weights(read(arrays, "association", weight_rows));
}

void take_texts(const JsonReader& in, const JsonReader::Json& json, const std::string& where,
                Reconstruction& result) {
  result.program_version = text_of(in, json, where, "program_version");
  result.model_name = text_of(in, json, where, "model");
  result.association_method = text_of(in, json, where, "association_method");
  result.primary_keypoint = text_of(in, json, where, "primary_keypoint");
  result.scale = in.number(json, where, "scale", -1e30, 1e30);
  result.partial = in.flag(json, where, "partial");
  const std::string up = in.text(json, where, "up_source");
  const auto source =
      std::find_if(kUpSources.begin(), kUpSources.end(), [&](const auto& pair) { return pair.second == up; });
  if (source == kUpSources.end())
    in.fail(where + ".up_source", "people_and_floor, gravity_estimate or reference_camera");
  result.up_source = source->first;
  const JsonReader::Json& timings = in.array(json, where, "timings");
  for (std::size_t i = 0; i < timings.size(); ++i) {
    const std::string here = where + ".timings[" + std::to_string(i) + "]";
    result.timings.push_back(
        {text_of(in, timings[i], here, "stage"), in.number(timings[i], here, "seconds", 0, 1e30)});
  }
  for (const JsonReader::Json& message : in.array(json, where, "messages")) {
    if (!message.is_string()) in.fail(where + ".messages", "a list of texts");
    result.messages.push_back(from_lossless_utf8(message.get<std::string>()));
  }
}

}  // namespace

std::size_t row_count(const Npz& arrays, const std::string& column) {
  const auto found = arrays.find(column);
  if (found == arrays.end() || found->second.shape.empty())
    throw DamagedResult("the array " + column + " is missing or is a single number");
  return std::size_t(found->second.shape.front());
}

ResultArrays arrays_of_result(const Reconstruction& result) {
  ResultArrays out;
  out.json = json_of(result);
  std::vector<const Camera*> cameras;
  for (const ReconstructedView& view : result.views)
    for (const Camera& camera : view.cameras) cameras.push_back(&camera);
  describe_cameras(written(out.arrays, "cameras", cameras));
  put_people(result, out.arrays);
  put_frames(result, out.arrays);
  put_body_model(result, out);
  return out;
}

Reconstruction result_of_arrays(const JsonReader& in, const JsonReader::Json& json, const std::string& where,
                                const Npz& arrays) {
  Reconstruction result;
  take_texts(in, json, where, result);
  take_views(in, json, where, arrays, result);
  take_people(in, json, where, arrays, result);
  take_frames(arrays, result);
  take_body_model(in, json, where, arrays, result);
  require_sound(result);
  return result;
}

}  // namespace ahap
