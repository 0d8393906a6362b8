#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "millwright/data/time.hpp"

namespace millwright {

/// What travels beside a row of values.
struct row_meta {
  time_ns end_time = 0;       ///< stamp of the last sample of the window
  std::uint32_t quality = 0;  ///< bits of millwright::quality
  std::int32_t regime = -1;   ///< operating regime found by the normaliser; -1 before or without one
  double weight = 1.0;        ///< training only: how much the row counts, >= 0; stages that cannot weigh rows refuse others than 1
};

/// Read-only view of n rows of float64 columns; row r starts at values + r * stride. meta may be nullptr.
struct const_rows {
  const double* values = nullptr;
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::size_t stride = 0;
  const row_meta* meta = nullptr;

  [[nodiscard]] std::span<const double> operator[](std::size_t r) const noexcept { return {values + r * stride, columns}; }
};

/// Writable counterpart of const_rows.
struct rows_view {
  double* values = nullptr;
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::size_t stride = 0;
  row_meta* meta = nullptr;

  [[nodiscard]] std::span<double> operator[](std::size_t r) const noexcept { return {values + r * stride, columns}; }
  operator const_rows() const noexcept { return {values, rows, columns, stride, meta}; }  // NOLINT(google-explicit-constructor)
};

/// Rows that own their memory; used while fitting and by batch calls, never by a running stream.
class row_table {
 public:
  row_table() = default;
  explicit row_table(std::size_t columns) : columns_(columns) {}

  [[nodiscard]] std::size_t rows() const noexcept { return meta_.size(); }
  [[nodiscard]] std::size_t columns() const noexcept { return columns_; }
  [[nodiscard]] const_rows view() const noexcept { return {values_.data(), rows(), columns_, columns_, meta_.data()}; }
  [[nodiscard]] rows_view view() noexcept { return {values_.data(), rows(), columns_, columns_, meta_.data()}; }
  /// Rows [first, first + count).
  [[nodiscard]] const_rows slice(std::size_t first, std::size_t count) const noexcept {
    return {values_.data() + first * columns_, count, columns_, columns_, meta_.data() + first};
  }
  void append(std::span<const double> values, const row_meta& meta) {
    values_.insert(values_.end(), values.begin(), values.end());
    meta_.push_back(meta);
  }
  void append(const const_rows& other) {
    for (std::size_t r = 0; r < other.rows; ++r) append(other[r], other.meta != nullptr ? other.meta[r] : row_meta{});
  }
  void resize(std::size_t rows) {
    values_.resize(rows * columns_);
    meta_.resize(rows);
  }

 private:
  std::size_t columns_ = 0;
  std::vector<double> values_;
  std::vector<row_meta> meta_;
};

}  // namespace millwright
