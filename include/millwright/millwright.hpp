// Everything a gateway needs: load a bundle, create a stream, push samples, get episodes.
#pragma once

#include "millwright/core/error.hpp"
#include "millwright/numeric/cpu.hpp"
#include "millwright/pipeline/bundle.hpp"
#include "millwright/pipeline/fit.hpp"
#include "millwright/pipeline/golden.hpp"
#include "millwright/pipeline/pipeline.hpp"
#include "millwright/pipeline/pipeline_cost.hpp"
#include "millwright/pipeline/stream.hpp"
#include "millwright/version.hpp"
