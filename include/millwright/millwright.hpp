// Everything a gateway needs: load a bundle, create a stream, push samples, get episodes.
#pragma once

#include "millwright/bundle.hpp"
#include "millwright/cpu.hpp"
#include "millwright/error.hpp"
#include "millwright/fit.hpp"
#include "millwright/pipeline.hpp"
#include "millwright/pipeline_cost.hpp"
#include "millwright/version.hpp"
