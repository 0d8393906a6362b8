#pragma once

namespace millwright::tool {

/// From now on SIGINT and SIGTERM ask for a clean end, and a closed pipe is an error of write() instead of a signal.
/// A second SIGINT or SIGTERM ends the program at once.
void catch_signals();

/// The signal also puts /dev/null in the place of this descriptor, so that a read that waits for data ends at once. What is read
/// after stop_signal() is set is therefore not to be used.
void stop_reading_on_signal(int descriptor);

/// 0, or the signal that asked for the end.
[[nodiscard]] int stop_signal() noexcept;

}  // namespace millwright::tool
