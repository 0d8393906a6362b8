// Features of a batch of frames, prepared once.

#include <cmath>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <optional>

#include "bindings.hpp"
#include "millwright/features/features.hpp"

namespace millwright_python {

namespace {

struct free_memory {
  void operator()(std::byte* memory) const noexcept { std::free(memory); }
};

/// An extractor of one channel with memory of its own, for samples of one type.
struct prepared_extractor {
  mw::feature_extractor extractor;
  std::vector<std::string> names;  ///< canonical, without the channel
  std::unique_ptr<std::byte, free_memory> memory;
  std::vector<std::uint8_t> marks;  ///< of a frame with samples that are not finite

  prepared_extractor(const std::vector<std::string>& features, double rate_hz, std::size_t length, std::optional<double> shaft_hz,
                     bool is_wide) {
    mw::frame_port in;
    in.channels.emplace_back();
    in.channels[0].name = "x";
    in.channels[0].rate_hz = rate_hz;
    in.windows.emplace_back();
    in.windows[0].lengths.push_back(length);
    for (const auto& name : features) extractor.names.push_back("x." + name);
    extractor.shaft_hz = shaft_hz;
    extractor.takes_float64 = is_wide;
    mw::workspace measure;
    unwrap(extractor.prepare(in, measure));
    memory.reset(static_cast<std::byte*>(std::aligned_alloc(mw::workspace::alignment, std::max<std::size_t>(measure.bytes_used(), 64))));
    if (memory == nullptr) throw std::bad_alloc();
    mw::workspace carve({memory.get(), measure.bytes_used()});
    for (const auto& column : unwrap(extractor.prepare(in, carve)).columns) names.push_back(column.name.substr(2));
    extractor.reset();
    marks.resize(length);
  }

  /// Samples that are not finite count as missing; they are looked for only where a feature came out undefined.
  template <class Sample>
  void transform(const Sample* frame, std::span<double> out) noexcept {
    const mw::sample_span samples(frame, marks.size());
    if (extractor.process({&samples, 1}, {}, out) == 0) return;
    bool is_finite = true;
    for (std::size_t i = 0; i < marks.size(); ++i) {
      marks[i] = std::isfinite(frame[i]) ? 0 : static_cast<std::uint8_t>(mw::bits(mw::quality::not_finite));
      is_finite = is_finite && marks[i] == 0;
    }
    if (is_finite) return;
    const std::uint8_t* quality = marks.data();
    extractor.process({&samples, 1}, {&quality, 1}, out);
  }
};

/// Serves one thread at a time, as the interpreter's lock no longer does while it is released.
class batch_extractor {
 public:
  batch_extractor(std::vector<std::string> names, double rate_hz, std::size_t length, std::optional<double> shaft_hz)
      : features_(std::move(names)), rate_hz_(rate_hz), length_(length), shaft_hz_(shaft_hz) {
    narrow_.emplace(features_, rate_hz_, length_, shaft_hz_, false);
  }

  [[nodiscard]] const std::vector<std::string>& names() const { return narrow_->names; }

  template <class Sample>
  py::array_t<double> transform(const py::array_t<Sample, py::array::c_style>& frames) {
    const auto [count, first] = shape_of(frames);
    py::array_t<double> out({static_cast<py::ssize_t>(count), static_cast<py::ssize_t>(names().size())});
    const std::span<double> values(out.mutable_data(), static_cast<std::size_t>(out.size()));
    prepared_extractor& prepared = of<Sample>();
    {
      py::gil_scoped_release unlocked;
      const std::lock_guard alone(busy_);
      const std::size_t width = names().size();
      for (std::size_t f = 0; f < count; ++f) prepared.transform(first + f * length_, values.subspan(f * width, width));
    }
    return out;
  }

  template <class Sample>
  py::list cost(const py::array_t<Sample, py::array::c_style>& frames, std::size_t calls) {
    const auto [count, first] = shape_of(frames);
    prepared_extractor& prepared = of<Sample>();
    const auto plan = prepared.extractor.plan();
    std::vector<double> view_ns(plan.size());
    std::vector<double> column_ns(names().size());
    {
      py::gil_scoped_release unlocked;
      const std::lock_guard alone(busy_);
      for (std::size_t f = 0; f < count; ++f) {
        const mw::sample_span samples(first + f * length_, length_);
        const auto measured = prepared.extractor.measure({&samples, 1}, calls);
        for (std::size_t v = 0; v < view_ns.size(); ++v) view_ns[v] += measured.view_ns[v] / static_cast<double>(count);
        for (std::size_t c = 0; c < column_ns.size(); ++c) column_ns[c] += measured.column_ns[c] / static_cast<double>(count);
      }
    }
    py::list rows;
    for (std::size_t v = 0; v < plan.size(); ++v) {
      py::dict row;
      row["view"] = plan[v].kind->id;
      row["ns"] = view_ns[v];
      row["needs"] = plan[v].needs;
      py::list features;
      for (const std::size_t c : plan[v].columns) features.append(py::make_tuple(c, names()[c], column_ns[c]));
      row["features"] = std::move(features);
      rows.append(std::move(row));
    }
    return rows;
  }

 private:
  template <class Sample>
  std::pair<std::size_t, const Sample*> shape_of(const py::array_t<Sample, py::array::c_style>& frames) const {
    if (frames.ndim() != 2 || static_cast<std::size_t>(frames.shape(1)) != length_) {
      throw py::value_error("frames must have the shape (number of frames, " + std::to_string(length_) + ")");
    }
    return {static_cast<std::size_t>(frames.shape(0)), frames.data()};
  }

  template <class Sample>
  prepared_extractor& of() {
    if constexpr (std::is_same_v<Sample, float>) return *narrow_;
    if (!wide_) wide_.emplace(features_, rate_hz_, length_, shaft_hz_, true);
    return *wide_;
  }

  std::vector<std::string> features_;
  double rate_hz_;
  std::size_t length_;
  std::optional<double> shaft_hz_;
  std::optional<prepared_extractor> narrow_;
  std::optional<prepared_extractor> wide_;
  std::mutex busy_;
};

}  // namespace

void bind_features(py::module_& m) {
  py::class_<batch_extractor>(m, "FeatureExtractor")
      .def(py::init<std::vector<std::string>, double, std::size_t, std::optional<double>>(), py::arg("names"), py::arg("rate_hz"),
           py::arg("length"), py::arg("shaft_hz"))
      .def_property_readonly("names", &batch_extractor::names)
      .def("transform", &batch_extractor::transform<float>, py::arg("frames").noconvert())
      .def("transform", &batch_extractor::transform<double>, py::arg("frames").noconvert())
      .def("cost", &batch_extractor::cost<float>, py::arg("frames").noconvert(), py::arg("calls"))
      .def("cost", &batch_extractor::cost<double>, py::arg("frames").noconvert(), py::arg("calls"));
}

}  // namespace millwright_python
