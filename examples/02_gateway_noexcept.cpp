// The same gateway without exceptions and RTTI (-fno-exceptions -fno-rtti), in memory that the caller owns.
#include <cstdio>
#include <string>

#include "example_machine.hpp"
#include "millwright/millwright.hpp"

namespace mw = millwright;

namespace {

// A bundle that asks for more is refused when it is loaded, not when the memory runs out.
constexpr std::size_t memory_of_one_stream = std::size_t{1} << 20;
alignas(mw::workspace::alignment) std::byte memory[memory_of_one_stream];

int report(const mw::error& e) {
  std::fprintf(stderr, "%s\n", e.message().c_str());
  return 1;
}

void notify(const mw::episode& e) {
  std::printf("%s at %.1f s, severity %.1f\n", e.cleared_at == 0 ? "episode" : "cleared", static_cast<double>(e.raised_at) * 1e-9,
              e.peak_severity);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string path = argc > 1 ? argv[1] : "example.safetensors";
  if (argc < 2) {
    if (const auto made = make_example_bundle(path); !made) return report(made.error());
  }

  mw::load_options options;
  options.max_stream_bytes = memory_of_one_stream;
  const auto model = mw::load_bundle(path, options);
  if (!model) return report(model.error());
  auto stream = mw::stream::create(*model, memory);
  if (!stream) return report(stream.error());

  std::size_t episodes = 0;
  example_driver driver(2, 60.0, 40.0);
  while (const mw::sample_block block = driver.next()) {
    const auto events = stream->push(block);
    if (!events) return report(events.error());
    for (const mw::episode& e : *events) notify(e);
    episodes += events->size();
  }
  std::printf("%llu windows, %zu messages, %zu of %zu bytes used\n", static_cast<unsigned long long>(stream->windows()), episodes,
              model->memory_needed().state + model->memory_needed().scratch, memory_of_one_stream);
  return argc > 1 || episodes > 0 ? 0 : 1;
}
