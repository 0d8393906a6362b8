#include "millwright/ingest/readers.hpp"

namespace millwright {

result<signal_reader> signal_reader::open(byte_source source, const reader_options& options, const reader_registry& formats) {
  MILLWRIGHT_TRY(const reader_functions* functions, formats.find(options.format, source.name()));
  std::shared_ptr<void> reader = functions->make();
  MILLWRIGHT_CHECK(functions->configure(reader.get(), options));
  MILLWRIGHT_CHECK(functions->open(reader.get(), std::move(source), options));
  return signal_reader(*functions, std::move(reader));
}

result<signal_reader> signal_reader::open(const std::string& path, const reader_options& options, const reader_registry& formats) {
  MILLWRIGHT_TRY(auto source, byte_source::from_path(path));
  return open(std::move(source), options, formats);
}

result<signal_reader> signal_reader::open_descriptor(int descriptor, const std::string& name, const reader_options& options,
                                                     const reader_registry& formats) {
  return open(byte_source::from_descriptor(descriptor, name, false), options, formats);
}

result<signal_reader> signal_reader::open_memory(std::span<const std::byte> bytes, const std::string& name, const reader_options& options,
                                                 const reader_registry& formats) {
  return open(byte_source::from_memory(bytes, name), options, formats);
}

const std::vector<channel>& signal_reader::channels() const noexcept { return functions_->channels(reader_.get()); }

result<sample_block> signal_reader::next(std::size_t max_samples) { return functions_->next(reader_.get(), max_samples); }

const reader_counters& signal_reader::counters() const noexcept { return functions_->counters(reader_.get()); }

std::uint64_t signal_reader::position() const noexcept { return counters().samples; }

std::optional<std::uint64_t> signal_reader::size() const noexcept {
  return functions_->size != nullptr ? functions_->size(reader_.get()) : std::nullopt;
}

result<void> signal_reader::skip_to(std::uint64_t target) {
  if (target < position()) {
    return error(errc::invalid_argument, "ingest",
                 "a reader cannot go back from sample " + std::to_string(position()) + " to " + std::to_string(target),
                 "open the input anew");
  }
  if (functions_->seek != nullptr && functions_->seek(reader_.get(), target)) return {};
  while (position() < target) {
    const std::uint64_t left = target - position();
    MILLWRIGHT_TRY(const sample_block passed, next(left < 4096 ? static_cast<std::size_t>(left) : 4096));
    if (!passed) break;
  }
  return {};
}

}  // namespace millwright
