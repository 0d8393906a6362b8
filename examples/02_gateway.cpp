// A gateway in C++ with exceptions: load a bundle, create a stream, push what the driver delivers, tell people of episodes.
#include <cstdio>
#include <exception>
#include <string>

#include "example_machine.hpp"
#include "millwright/millwright.hpp"

namespace mw = millwright;

void notify(const mw::pipeline& model, const mw::episode& e) {
  std::printf("%s at %.1f s, severity %.1f, priority %s\n", e.cleared_at == 0 ? "episode" : "cleared",
              static_cast<double>(e.raised_at) * 1e-9, e.peak_severity, std::string(mw::to_string(e.priority)).c_str());
  for (const auto& c : e.contributors) {
    if (c.share > 0.0) std::printf("  %3.0f %%  %-44s %+.1f\n", 100.0 * c.share, model.feature_names()[c.feature].c_str(), c.deviation);
  }
}

int main(int argc, char** argv) try {
  const std::string path = argc > 1 ? argv[1] : "example.safetensors";
  if (argc < 2) make_example_bundle(path).value();

  const mw::pipeline model = mw::load_bundle(path).value();  // verified, and replayed on this machine
  mw::stream stream = mw::stream::create(model).value();     // all memory is taken here
  std::printf("%s: %zu bytes for each stream\n", path.c_str(), model.memory_needed().state);

  std::size_t episodes = 0;
  example_driver driver(2, 60.0, 40.0);
  while (const mw::sample_block block = driver.next()) {
    const auto events = stream.push(block).value();  // no allocation, no lock, no system call
    for (const mw::episode& e : events) {
      notify(model, e);
      ++episodes;
    }
  }
  std::printf("%llu windows, %zu messages\n", static_cast<unsigned long long>(stream.windows()), episodes);
  return argc > 1 || episodes > 0 ? 0 : 1;  // the example's own fault must be found
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
