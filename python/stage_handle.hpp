#pragma once

#include "millwright/any_stage.hpp"

namespace millwright_python {

/// A row stage and the columns that it was fitted on.
struct stage_handle {
  millwright::any_stage stage;
  millwright::port in;
};

}  // namespace millwright_python
