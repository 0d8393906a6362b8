#include "millwright/pipeline/pipeline.hpp"

#include <utility>

#include "pipeline/engine.hpp"

namespace millwright {

result<pipeline> pipeline::assemble(contents c, std::size_t memory_cap) {
  MILLWRIGHT_TRY(c.prepared, detail::prepared_model::of(c.parts, memory_cap, c.memory));
  const judge& j = c.prepared->judge;
  c.feature_names = j.feature_names();
  c.normalized_names = j.normalized_names();
  c.detector_names = j.detector_names();
  return pipeline(std::make_shared<const contents>(std::move(c)));
}

}  // namespace millwright
