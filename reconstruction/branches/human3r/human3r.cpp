#include "reconstruction/branches/human3r/human3r.h"

#include <cmath>
#include <stdexcept>

#include "reconstruction/branches/human3r/frame_geometry.h"
#include "reconstruction/networks/precision.h"

namespace ahap {
namespace {

constexpr double kTokenNormEps = 1e-6;
constexpr int kStateHeads = 16;
constexpr int kWorldBlocks = 2;
constexpr int kPoseNumbers = 7;
constexpr int kPointNumbers = 4, kColorNumbers = 3;
constexpr double kColorMargin = 1e-6;

// Of the time, for the progress report.
constexpr double kEncoderShare = 0.2, kPeopleShare = 0.7, kDecoderShare = 0.85;

int state_columns(int tokens) {
  const int root = int(std::sqrt(double(tokens)));
  return root + root % 2;
}

// Row and column (n, 2) of the cells of a grid, row by row.
torch::Tensor cells_by_row(std::int64_t count, std::int64_t columns, torch::Device device) {
  const auto cell = torch::arange(count, torch::dtype(torch::kLong).device(device));
  return torch::stack({torch::div(cell, columns, "floor"), torch::remainder(cell, columns)}, 1);
}

std::string pixels_text(std::int64_t width, std::int64_t height) {
  return std::to_string(width) + " x " + std::to_string(height) + " pixels";
}

}  // namespace

Human3rImpl::Human3rImpl(const Human3rConfig& config) : config(config) {
  const int E = config.encoder_dim, D = config.decoder_dim;
  pose_token_ = frozen_parameter(*this, "pose_token", {1, 1, D});
  register_tokens_ = frozen_parameter(
      *register_module("register_tokens", std::make_shared<torch::nn::Module>("register_tokens")), "weight",
      {config.state_tokens, E});
  patch_embed_ = place(*this, "patch_embed.proj", FrozenConv2d(3, E, kFramePatch, kFramePatch));
  for (int i = 0; i < config.encoder_depth; ++i) {
    VitBlockOptions options{.dim = E, .heads = E / kHeadDim, .hidden = 4 * E};
    options.layer_scale = false;
    encoder_.push_back(place(*this, "enc_blocks." + std::to_string(i), VitBlock(options)));
  }
  encoder_norm_ = register_module("enc_norm", FrozenLayerNorm(E, kTokenNormEps));
  backbone_ = place(*this, "backbone.encoder", DinoV2(config.backbone));

  decoder_embed_ = register_module("decoder_embed", FrozenLinear(E, D));
  state_embed_ = register_module("decoder_embed_state", FrozenLinear(E, D));
  for (int i = 0; i < config.decoder_depth; ++i) {
    decoder_.push_back(place(*this, "dec_blocks." + std::to_string(i), CrossBlock(D, D / kHeadDim)));
    state_decoder_.push_back(
        place(*this, "dec_blocks_state." + std::to_string(i), CrossBlock(D, kStateHeads)));
  }
  decoder_norm_ = register_module("dec_norm", FrozenLayerNorm(D, kTokenNormEps));
  state_norm_ = register_module("dec_norm_state", FrozenLayerNorm(D, kTokenNormEps));
  memory_ = register_module("pose_retriever", PoseMemory(config.memory));

  auto head = register_module("downstream_head", std::make_shared<torch::nn::Module>("downstream_head"));
  const auto pixel_head = [&](const char* name, int outputs) {
    return place(*head, name,
                 PixelHead(PixelHeadConfig{
                     {E, D, D, D}, config.stage_dims, config.fused_dim, config.head_hidden, outputs}));
  };
  self_head_ = pixel_head("dpt_self", kPointNumbers);
  world_head_ = pixel_head("dpt_cross", kPointNumbers);
  color_head_ = pixel_head("dpt_rgb", kColorNumbers);
  for (int i = 0; i < kWorldBlocks; ++i)
    to_world_.push_back(
        place(*head, "final_transform." + std::to_string(i), ModulatedBlock(D, D / kHeadDim)));
  pose1_ = place(*head, "pose_head.mlp.fc1", FrozenLinear(D, 4 * D));
  pose2_ = place(*head, "pose_head.mlp.fc2", FrozenLinear(4 * D, kPoseNumbers));
  people_ = std::make_unique<PersonHeads>(*head, PersonHeadsConfig{config.backbone.dim, E, D});
}

Human3rState Human3rImpl::start() {
  Human3rState state;
  reset(state);
  return state;
}

void Human3rImpl::reset(Human3rState& state) {
  const torch::NoGradGuard no_grad;
  state.tokens = state_embed_(register_tokens_).unsqueeze(0);
  state.memory = memory_->initial();
  state.fresh = true;
}

void Human3rImpl::require_usable(const torch::Tensor& image, const Human3rState& state,
                                 const Human3rOptions& options) {
  if (image.dim() != 4 || image.size(0) != 1 || image.size(1) != 3 || image.numel() == 0)
    throw std::runtime_error("Human3R takes one frame at a time, of shape (1, 3, H, W).");
  const std::int64_t height = image.size(2), width = image.size(3);
  if (height % kFramePatch != 0 || width % kFramePatch != 0) {
    throw std::runtime_error("Human3R takes frames whose sides are multiples of 16, not " +
                             pixels_text(width, height) + ".");
  }
  if (state.height > 0 && (state.height != height || state.width != width)) {
    throw std::runtime_error("A frame has " + pixels_text(width, height) + ", the frames before it have " +
                             pixels_text(state.width, state.height) + "; Human3R takes a video of one size.");
  }
  if (options.square_side < 0 || options.square_side % kPatch != 0) {
    throw std::runtime_error("Human3R looks for people in a square whose side is a multiple of 14, not " +
                             std::to_string(options.square_side) + ".");
  }
  if (!torch::isfinite(image).all().item<bool>())
    throw std::runtime_error("A frame holds values that are no numbers.");
}

torch::Tensor Human3rImpl::encode_image(const torch::Tensor& image, const Progress& progress,
                                        const TensorObserver& observe) {
  torch::Tensor x;
  {
    const Float32Scope exact;
    x = patch_embed_(image).flatten(2).transpose(1, 2);
  }
  tell(observe, "enc.embed", x[0]);
  const RotaryEmbedding rotary(cells_by_row(x.size(1), image.size(3) / kFramePatch, image.device()));
  for (std::size_t i = 0; i < encoder_.size(); ++i) {
    ahap::step(progress, "frame", kEncoderShare * double(i) / double(encoder_.size()));
    x = encoder_[i](x, &rotary);
    tell(observe, "enc.block", x[0]);
  }
  x = encoder_norm_(x);
  tell(observe, "enc.feat", x[0]);
  return x;
}

torch::Tensor Human3rImpl::encode_people(const torch::Tensor& square, const Progress& progress,
                                         const TensorObserver& observe) {
  tell(observe, "hmr.input", square[0]);
  const std::int64_t cells = square.size(2) / kPatch;
  auto x = backbone_->embed(square);
  for (std::size_t i = 0; i < backbone_->blocks.size(); ++i) {
    ahap::step(progress, "frame",
               kEncoderShare + (kPeopleShare - kEncoderShare) * double(i) / double(backbone_->blocks.size()));
    x = backbone_->blocks[i](x);
    tell(observe, "hmr.block", x[0]);
  }
  x = backbone_->norm(x)[0].slice(0, 1);
  tell(observe, "hmr.feat", x);
  return x.unflatten(0, {cells, cells});
}

Human3rImpl::Decoded Human3rImpl::decode(const torch::Tensor& pose, const torch::Tensor& image_tokens,
                                         const torch::Tensor& prompts, const torch::Tensor& positions,
                                         const torch::Tensor& state, const Progress& progress,
                                         const TensorObserver& observe) {
  const auto state_positions =
      cells_by_row(state.size(1), state_columns(config.state_tokens), state.device());
  tell(observe, "state.pos_yx", state_positions);
  const int wide = kHeadDim, narrow = config.decoder_dim / kStateHeads;
  const RotaryEmbedding image_wide(positions, wide), state_wide(state_positions, wide);
  const RotaryEmbedding image_narrow(positions, narrow), state_narrow(state_positions, narrow);

  const std::int64_t N = image_tokens.size(1);
  const auto embedded = decoder_embed_(image_tokens);
  tell(observe, "dec.embed", embedded[0]);
  auto x = torch::cat({pose, embedded, prompts.unsqueeze(0)}, 1), s = state;
  Decoded decoded;
  torch::Tensor logits = torch::zeros({s.size(1)}, s.options().dtype(torch::kDouble)), mean_logit;
  const std::size_t depth = decoder_.size();
  for (std::size_t i = 0; i < depth; ++i) {
    ahap::step(progress, "frame", kPeopleShare + (kDecoderShare - kPeopleShare) * double(i) / double(depth));
    const auto next_s = state_decoder_[i](s, x, &state_narrow, &image_narrow, &mean_logit);
    x = decoder_[i](x, s, &image_wide, &state_wide);
    s = next_s;
    logits += mean_logit;
    tell(observe, "dec.block", x[0]);
    tell(observe, "sdec.block", s[0]);
    if (i + 1 == depth / 2) decoded.patches6 = x.narrow(1, 1, N);
    if (i + 1 == depth * 3 / 4) decoded.patches9 = x.narrow(1, 1, N);
  }
  x = decoder_norm_(x);
  decoded.pose = x.narrow(1, 0, 1);
  decoded.patches = x.narrow(1, 1, N);
  decoded.people = x.slice(1, 1 + N);
  decoded.state = state_norm_(s);
  decoded.gate = torch::sigmoid(logits / double(depth)).to(torch::kFloat).view({1, -1, 1});
  tell(observe, "pose.out", decoded.pose[0][0]);
  tell(observe, "dec.out", decoded.patches[0]);
  tell(observe, "human.out", decoded.people[0]);
  tell(observe, "state.new", decoded.state[0]);
  tell(observe, "ttt.gate", decoded.gate.flatten());
  return decoded;
}

void Human3rImpl::read_out_maps(const torch::Tensor& image_tokens, const Decoded& decoded,
                                const Human3rOptions& options, Human3rFrame& frame, const Progress& progress,
                                const TensorObserver& observe) {
  const std::int64_t rows = frame.mask.size(0) / kFramePatch, columns = frame.mask.size(1) / kFramePatch;
  const auto map_of = [&](PixelHead& head, const torch::Tensor& patches, const char* name) {
    ahap::step(progress, "frame", kDecoderShare);
    return head
        ->forward({image_tokens, decoded.patches6, decoded.patches9, patches}, rows, columns, name, observe)
        .permute({1, 2, 0})
        .contiguous();
  };
  const auto points_of = [](const torch::Tensor& map) { return stretched(map.slice(-1, 0, 3)); };
  const auto confidence_of = [](const torch::Tensor& map) { return 1 + map.select(-1, 3).exp(); };

  const auto self = map_of(self_head_, decoded.patches, "dpt_self");
  frame.points = points_of(self);
  frame.confidence = confidence_of(self);
  tell(observe, "out.pts3d_in_self_view", frame.points);
  tell(observe, "out.conf_self", frame.confidence);
  if (!options.world_and_colors) return;

  auto placed = decoded.patches;
  const RotaryEmbedding rotary(cells_by_row(rows * columns, columns, placed.device()));
  for (std::size_t i = 0; i < to_world_.size(); ++i) {
    placed = to_world_[i](placed, decoded.pose, rotary);
    tell(observe, "final_transform" + std::to_string(i), placed[0]);
  }
  const auto world = map_of(world_head_, placed, "dpt_cross");
  frame.world_points = points_of(world);
  frame.world_confidence = confidence_of(world);
  frame.colors =
      2 * (torch::sigmoid(map_of(color_head_, decoded.patches, "dpt_rgb")) * (1 - 2 * kColorMargin) +
           kColorMargin) -
      1;
  tell(observe, "out.pts3d_in_other_view", frame.world_points);
  tell(observe, "out.conf", frame.world_confidence);
  tell(observe, "out.rgb", frame.colors);
}

Human3rFrame Human3rImpl::step(const torch::Tensor& image, Human3rState& state, const Human3rOptions& options,
                               const Progress& progress, const TensorObserver& observe) {
  const torch::NoGradGuard no_grad;
  require_usable(image, state, options);
  const std::int64_t height = image.size(2), width = image.size(3), columns = width / kFramePatch;
  const int side = options.square_side > 0 ? options.square_side : config.square_side;
  torch::Tensor image_tokens, human_tokens;
  {
    const Bf16Scope scope(options.bf16, image.device());
    tell(observe, "input", image[0]);
    image_tokens = encode_image(image, progress, observe);
    human_tokens = encode_people(padded_square(image, side), progress, observe);
  }
  Human3rFrame frame;
  frame.detected = people_->detect(human_tokens, height, width, options.threshold, observe);
  frame.mask = frame_of_square(people_->mask(human_tokens, observe), height, width);
  const auto& patch = frame.detected.patch;
  const auto human = human_tokens.index({frame.detected.row, frame.detected.column});
  const auto prompts = people_->prompts(
      human, image_tokens[0].index_select(0, patch.select(1, 0) * columns + patch.select(1, 1)), observe);

  const auto image_mean = image_tokens.mean(1, /*keepdim=*/true);
  const auto pose = state.fresh ? pose_token_ : memory_->read(state.memory, image_mean);
  tell(observe, "img.mean", image_mean[0][0]);
  tell(observe, "pose.in", pose[0][0]);
  tell(observe, "state.in", state.tokens[0]);
  if (!state.fresh) tell(observe, "mem.in", state.memory[0]);
  const auto positions = torch::cat({torch::full({1, 2}, -1, patch.options()),
                                     cells_by_row(image_tokens.size(1), columns, image.device()), patch});
  const Decoded decoded = decode(pose, image_tokens, prompts, positions, state.tokens, progress, observe);

  const auto raw_pose = pose2_(torch::gelu(pose1_(decoded.pose)))[0][0];
  const auto camera_pose = decode_pose(raw_pose);
  tell(observe, "pose.raw", raw_pose);
  tell(observe, "out.camera_pose", camera_pose);
  frame.world_from_camera = world_from_camera_of(camera_pose);
  read_out_maps(image_tokens, decoded, options, frame, progress, observe);
  frame.bodies = people_->decode(decoded.people[0], human, observe);

  const auto memory = memory_->write(state.memory, image_mean, decoded.pose);
  tell(observe, "mem.new", memory[0]);
  frame.ids = track_people(state.people, decoded.people[0]);
  tell(observe, "out.smpl_id", torch::tensor(frame.ids, torch::kLong));
  state.tokens = options.ttt3r && !state.fresh
                     ? decoded.gate * decoded.state + (1 - decoded.gate) * state.tokens
                     : decoded.state;
  state.memory = memory;
  state.fresh = false;
  state.height = height;
  state.width = width;
  return frame;
}

}  // namespace ahap
