"""How a model follows the machine: accepted rows, refreshed forests."""
