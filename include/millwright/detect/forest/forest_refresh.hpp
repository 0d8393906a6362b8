#pragma once

#include <cstdint>

#include "millwright/detect/forest/isolation_forest.hpp"

namespace millwright {

/// How refresh_forest replaces trees.
struct forest_refresh {
  double share = 1.0 / 30.0;     ///< of the trees; at least one. A daily refresh with 1 / 30 forgets in a month
  std::uint64_t generation = 0;  ///< number of this refresh, 0, 1, 2 ...: each number draws other trees
};

/// A new model in which the oldest `share` of the trees makes way for trees grown on `rows`; `fitted` stays as it is. Trees are kept
/// in the order of their age. Settings, seed and the number of samples a tree are those of `fitted`; the new trees depend on them,
/// on `rows` and on `generation` alone, not on threads.
/// The training box follows at the same pace: each edge moves `share` of the way to the edge of `rows`, so that no single refresh can
/// make far rows ordinary.
/// Give rows that were accepted as normal (accepted_buffer). Scores change a little: calibrate tail and threshold again on held-out
/// rows; that is the caller's. Score the frozen first model beside it to see how far it has moved.
/// Errors: not fitted, a share outside (0, 1], another number of columns, fewer usable rows than a tree samples, no column that
/// varies, a forest with learned arrays that fitting does not give (imported ones).
[[nodiscard]] result<isolation_forest> refresh_forest(const isolation_forest& fitted, const const_rows& rows,
                                                      const forest_refresh& how = {});

}  // namespace millwright
