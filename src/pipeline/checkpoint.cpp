// Checkpoints of a stream: written and restored section by section. Format: docs/bundle-format.md.
#include <cstring>
#include <string_view>
#include <utility>

#include "millwright/core/archive.hpp"
#include "millwright/pipeline/stream.hpp"
#include "pipeline/stream_state.hpp"
#include "store/sha256.hpp"

namespace millwright {

namespace {

using detail::digest;
using detail::stream_state;

constexpr std::size_t magic_size = 8;
constexpr char magic_version_1[magic_size + 1] = "MWSTATE1";
constexpr char magic_version_2[magic_size + 1] = "MWSTATE2";
// Magic, digest (version 1: the bundle's fingerprint; 2: the channels' identity), size of the payload.
constexpr std::size_t prefix = magic_size + sizeof(digest) + sizeof(std::uint64_t);
constexpr std::size_t suffix = sizeof(digest);  // SHA-256 of all before
constexpr std::size_t section_prefix = 2 * sizeof(std::uint16_t) + sizeof(digest) + sizeof(std::uint64_t);
constexpr std::string_view delete_it = "delete it and start the stream anew";

error corrupt(std::string_view what) { return {errc::corrupt_file, "checkpoint", what, delete_it}; }

/// A section as it stands in a checkpoint: version, length of the name, identity, size; name; bytes.
struct stored_section {
  std::string_view name;
  std::uint16_t version = 0;
  digest identity = {};
  std::span<const std::byte> bytes;
};

/// Calls visit(name, version, identity, persist) for every section of a stream, those of its shadows last.
template <class Visit>
void visit_sections(stream_state& s, Visit&& visit) noexcept {
  s.engine.visit_state(visit);
  for (std::size_t i = 0; i < s.shadow_count; ++i) {
    detail::shadow_judge& shadow = *s.shadows[i];
    const auto& prepared = *shadow.model->prepared;
    shadow.running.visit_state([&](std::size_t slot, stage_instance& stage) {
      char name[64];
      std::size_t size = 0;
      for (const std::string_view part : {std::string_view("shadow."), std::string_view("0123456789").substr(i, 1), std::string_view("."),
                                          std::string_view(prepared.judge.slots()[slot].key)}) {
        size += part.copy(name + size, sizeof name - size);
      }
      visit(std::string_view(name, size), stage.version(), prepared.identity.slots[slot],
            [&](auto& archive, std::uint16_t) { stage.persist(archive); });
    });
  }
}

/// Appends into memory of known size, or counts.
class section_writer {
 public:
  section_writer() noexcept = default;
  explicit section_writer(std::span<std::byte> out) noexcept : out_(out), counting_(false) {}

  template <class Persist>
  void write(std::string_view name, std::uint16_t version, const digest& identity, Persist&& persist) noexcept {
    state_writer count;
    persist(count, version);
    if (count.bytes() == 0) return;  // nothing to remember
    const auto name_size = static_cast<std::uint16_t>(name.size());
    const std::uint64_t size = count.bytes();
    raw(&version, sizeof version);
    raw(&name_size, sizeof name_size);
    raw(identity.data(), identity.size());
    raw(&size, sizeof size);
    raw(name.data(), name.size());
    if (!counting_) {
      state_writer writer(out_.subspan(used_, count.bytes()));
      persist(writer, version);
    }
    used_ += count.bytes();
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return used_; }

 private:
  void raw(const void* from, std::size_t size) noexcept {
    if (!counting_) std::memcpy(out_.data() + used_, from, size);
    used_ += size;
  }
  std::span<std::byte> out_;
  std::size_t used_ = 0;
  bool counting_ = true;
};

/// Calls visit(section) for each section of a payload. Error: they do not fill it. Nothing is kept, so nothing is taken from the heap.
template <class Visit>
result<void> for_each_stored(std::span<const std::byte> payload, Visit&& visit) noexcept {
  constexpr std::size_t most_sections = 1024;
  for (std::size_t count = 0; !payload.empty(); ++count) {
    stored_section s;
    std::uint16_t name_size = 0;
    std::uint64_t size = 0;
    if (payload.size() < section_prefix || count == most_sections) return corrupt("the checkpoint's sections do not fit its size");
    const std::byte* at = payload.data();
    std::memcpy(&s.version, at, sizeof s.version);
    std::memcpy(&name_size, at + 2, sizeof name_size);
    std::memcpy(s.identity.data(), at + 4, sizeof(digest));
    std::memcpy(&size, at + 4 + sizeof(digest), sizeof size);
    payload = payload.subspan(section_prefix);
    if (name_size > payload.size() || size > payload.size() - name_size) return corrupt("the checkpoint's sections do not fit its size");
    s.name = {reinterpret_cast<const char*>(payload.data()), name_size};
    s.bytes = payload.subspan(name_size, static_cast<std::size_t>(size));
    payload = payload.subspan(name_size + static_cast<std::size_t>(size));
    visit(s);
  }
  return {};
}

result<restore_report> restore_sections(stream_state& s, std::span<const std::byte> payload) noexcept {
  MILLWRIGHT_CHECK(for_each_stored(payload, [](const stored_section&) {}));
  restore_report report;
  result<void> verdict;
  visit_sections(s, [&](std::string_view name, std::uint16_t version, const digest& identity, auto&& persist) {
    if (!verdict) return;
    stored_section stored;
    bool found = false;
    static_cast<void>(for_each_stored(payload, [&](const stored_section& c) {
      if (found || c.name != name) return;
      found = true;
      stored = c;
    }));
    if (!found) {
      state_writer count;
      persist(count, version);
      if (count.bytes() > 0) report.add(name, restore_outcome::not_in_checkpoint);
    } else if (stored.version > version) {
      report.add(name, restore_outcome::newer_version);
    } else if (stored.identity != identity) {
      report.add(name, restore_outcome::other_model);
    } else {
      state_reader reader(stored.bytes);
      persist(reader, stored.version);
      if (!reader.ok() || reader.bytes_left() != 0) {
        verdict = corrupt("a section of the checkpoint holds impossible state");
        return;
      }
      report.add(name, restore_outcome::taken);
    }
  });
  MILLWRIGHT_CHECK(verdict);
  static_cast<void>(for_each_stored(payload, [&](const stored_section& c) {
    bool known = false;
    visit_sections(s, [&](std::string_view name, std::uint16_t, const digest&, auto&&) { known = known || name == c.name; });
    if (!known) report.add(c.name, restore_outcome::no_such_part);
  }));
  return report;
}

}  // namespace

std::string_view to_string(restore_outcome outcome) noexcept {
  switch (outcome) {
    case restore_outcome::taken: return "taken";
    case restore_outcome::not_in_checkpoint: return "the checkpoint does not hold it; it starts anew";
    case restore_outcome::other_model: return "it belongs to other settings or another model; it starts anew";
    case restore_outcome::newer_version: return "a newer version of millwright wrote it; it starts anew";
    case restore_outcome::no_such_part: return "this pipeline has no such part";
  }
  return "unknown";
}

std::size_t stream::checkpoint_size() const noexcept {
  section_writer count;
  visit_sections(*state_, [&](std::string_view name, std::uint16_t version, const digest& identity, auto&& persist) {
    count.write(name, version, identity, persist);
  });
  return prefix + count.bytes() + suffix;
}

result<std::size_t> stream::write_checkpoint(std::span<std::byte> out) const noexcept {
  const std::size_t size = checkpoint_size();
  if (out.size() < size) return error(errc::out_of_memory, "checkpoint", "the buffer is too small", "pass checkpoint_size() bytes");
  const std::uint64_t payload = size - prefix - suffix;
  std::byte* p = out.data();
  std::memcpy(p, magic_version_2, magic_size);
  std::memcpy(p + magic_size, state_->model->prepared->identity.channels.data(), sizeof(digest));
  std::memcpy(p + magic_size + sizeof(digest), &payload, sizeof payload);
  section_writer writer(out.subspan(prefix, static_cast<std::size_t>(payload)));
  visit_sections(*state_, [&](std::string_view name, std::uint16_t version, const digest& identity, auto&& persist) {
    writer.write(name, version, identity, persist);
  });
  const auto whole = detail::sha256(out.first(size - suffix));
  std::memcpy(p + size - suffix, whole.data(), whole.size());
  return size;
}

result<restore_report> stream::restore_checkpoint(std::span<const std::byte> bytes) noexcept {
  const auto refuse = [this](const error& why) {
    reset();
    return why;
  };
  const bool is_version_1 = bytes.size() >= magic_size && std::memcmp(bytes.data(), magic_version_1, magic_size) == 0;
  const bool is_version_2 = bytes.size() >= magic_size && std::memcmp(bytes.data(), magic_version_2, magic_size) == 0;
  if (bytes.size() < prefix + suffix || !(is_version_1 || is_version_2)) return refuse(corrupt("this is not a millwright checkpoint"));
  const auto whole = detail::sha256(bytes.first(bytes.size() - suffix));
  if (std::memcmp(whole.data(), bytes.data() + bytes.size() - suffix, suffix) != 0)
    return refuse(corrupt("the checkpoint's checksum does not fit its bytes"));
  std::uint64_t payload_size = 0;
  std::memcpy(&payload_size, bytes.data() + magic_size + sizeof(digest), sizeof payload_size);
  if (payload_size != bytes.size() - prefix - suffix) return refuse(corrupt("the checkpoint's size does not fit its header"));
  const std::span<const std::byte> payload = bytes.subspan(prefix, static_cast<std::size_t>(payload_size));

  const digest& belongs_to = is_version_1 ? state_->model->fingerprint : state_->model->prepared->identity.channels;
  if (std::memcmp(bytes.data() + magic_size, belongs_to.data(), sizeof(digest)) != 0) {
    return refuse({errc::incompatible, "checkpoint",
                   is_version_1 ? "the checkpoint belongs to another bundle" : "the checkpoint belongs to a pipeline with other channels",
                   "restore it with a bundle of the asset that wrote it, or start anew"});
  }
  reset();
  if (is_version_1) {
    state_reader reader(payload);
    state_->engine.read_version_1(reader);
    if (!reader.ok() || reader.bytes_left() != 0) return refuse(corrupt("the checkpoint holds impossible state"));
    restore_report report;
    visit_sections(*state_, [&](std::string_view name, std::uint16_t, const digest&, auto&&) { report.add(name, restore_outcome::taken); });
    return report;
  }
  auto restored = restore_sections(*state_, payload);
  if (!restored) return refuse(restored.error());
  return restored;
}

}  // namespace millwright
