#include "millwright/export/c99.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "detect/forest/quantized_trees.hpp"
#include "millwright/version.hpp"

namespace millwright {

namespace {

using detail::threshold_form;

/// Shortest digits that read back to the same value.
template <class T>
std::string literal(T value) {
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  std::string text(digits, end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return std::is_same_v<T, float> ? text + "F" : text;
}
std::string literal(std::uint32_t value) { return std::to_string(value); }

/// Text that neither ends a comment nor starts one.
std::string comment_text(std::string_view text) {
  std::string safe(text);
  for (char& c : safe) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '*' || c == '\\' || c == '?') c = '_';
  }
  return safe;
}

bool is_identifier(std::string_view text) noexcept {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && text.size() <= 64 && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

/// Inner nodes alone. A child below `leaf` is an inner node of the same tree, counted from its first; else path child - leaf.
struct inner_nodes {
  std::vector<std::uint32_t> feature, threshold, left, right, start;
  std::uint32_t leaf = 0;
};

inner_nodes inner_nodes_of(const detail::coded_trees& trees, std::size_t columns) {
  inner_nodes out;
  const auto is_leaf = [&](std::size_t node) { return trees.node[2 * node] == columns; };
  for (std::size_t t = 0; t + 1 < trees.start.size(); ++t) {
    std::uint32_t inner = 0;
    for (auto i = static_cast<std::size_t>(trees.start[t]); i < static_cast<std::size_t>(trees.start[t + 1]); ++i)
      inner += is_leaf(i) ? 0 : 1;
    out.leaf = std::max({out.leaf, inner, 1U});
  }
  std::vector<std::uint32_t> number;
  for (std::size_t t = 0; t + 1 < trees.start.size(); ++t) {
    const auto root = static_cast<std::size_t>(trees.start[t]);
    const std::size_t size = static_cast<std::size_t>(trees.start[t + 1]) - root;
    number.assign(size, 0);
    std::uint32_t inner = 0;
    for (std::size_t i = 0; i < size; ++i) number[i] = is_leaf(root + i) ? out.leaf + trees.code[root + i] : inner++;
    out.start.push_back(static_cast<std::uint32_t>(out.feature.size()));
    for (std::size_t i = 0; i < size; ++i) {
      if (is_leaf(root + i)) continue;
      const std::size_t left = trees.node[2 * (root + i) + 1];
      out.feature.push_back(trees.node[2 * (root + i)]);
      out.threshold.push_back(trees.code[root + i]);
      out.left.push_back(number[left]);
      out.right.push_back(number[left + 1]);
    }
    if (inner == 0) {  // a tree of one leaf: a split that leads there either way
      out.feature.push_back(0);
      out.threshold.push_back(0);
      out.left.push_back(number[0]);
      out.right.push_back(number[0]);
    }
  }
  return out;
}

class header_writer {
 public:
  header_writer(const quantized_forest& forest, const detail::quantized_trees& read, const c99_options& options)
      : forest_(forest), read_(read), options_(options), nodes_(inner_nodes_of(read.trees, forest.box_low_.size())) {
    for (const char c : options.prefix) upper_ += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }

  std::string write() {
    tables();
    functions();
    return comment() + head_ + tables_ + functions_ + "#endif\n";
  }

 private:
  [[nodiscard]] threshold_form form() const { return read_.codec.form(); }
  [[nodiscard]] std::size_t columns() const { return forest_.box_low_.size(); }
  [[nodiscard]] const char* input_type() const { return form() == threshold_form::float32 ? "float" : "double"; }

  /// Replaces @ by the prefix and $ by it in capitals.
  [[nodiscard]] std::string named(std::string_view text) const {
    std::string out;
    for (const char c : text) {
      if (c == '@')
        out += options_.prefix;
      else if (c == '$')
        out += upper_;
      else
        out += c;
    }
    return out;
  }

  template <class Values>
  void array(std::string_view type, std::string_view name, const Values& values, std::size_t bytes_each) {
    std::string line = "static const " + std::string(type) + " " + options_.prefix + "_" + std::string(name) + "[" +
                       std::to_string(values.size()) + "] = {\n";
    std::size_t width = 0;
    for (const auto& v : values) {
      const std::string text = literal(v) + ",";
      if (width + text.size() > 120) {
        line += "\n";
        width = 0;
      }
      line += text;
      width += text.size();
    }
    tables_ += line + "\n};\n";
    bytes_ += values.size() * bytes_each;
  }

  /// In the smallest unsigned type that holds all values; its name is returned.
  std::string integers(std::string_view name, const std::vector<std::uint32_t>& values, std::uint32_t largest) {
    const int bits = largest < 256 ? 8 : largest < 65536 ? 16 : 32;
    std::string type = "uint" + std::to_string(bits) + "_t";
    array(type, name, values, static_cast<std::size_t>(bits) / 8);
    return type;
  }
  std::string integers(std::string_view name, const std::vector<std::uint32_t>& values) {
    return integers(name, values, *std::max_element(values.begin(), values.end()));
  }

  void tables() {
    tables_ += "/* Splits, tree by tree. A child below $_LEAF is a split of the same tree, another one is path child - $_LEAF. */\n";
    integers("start", nodes_.start);
    integers("feature", nodes_.feature);
    std::uint32_t largest_child = 0;
    for (const auto* list : {&nodes_.left, &nodes_.right})
      largest_child = std::max(largest_child, *std::max_element(list->begin(), list->end()));
    integers("left", nodes_.left, largest_child);
    integers("right", nodes_.right, largest_child);
    if (form() == threshold_form::float32) {
      std::vector<float> thresholds;
      for (const std::uint32_t code : nodes_.threshold) thresholds.push_back(std::bit_cast<float>(code));
      array("float", "split", thresholds, sizeof(float));
    } else if (form() == threshold_form::fixed16) {
      code_type_ = "uint16_t";
      array(code_type_, "split", nodes_.threshold, 2);
      tables_ += "/* Of each column: the value of code 0, and codes per unit. */\n";
      array("double", "code", forest_.threshold_table_.values(), sizeof(double));
    } else {
      std::uint32_t most = 0;
      std::vector<std::uint32_t> starts;
      for (const std::int32_t s : forest_.table_start_.values()) {
        if (!starts.empty()) most = std::max(most, static_cast<std::uint32_t>(s) - starts.back());
        starts.push_back(static_cast<std::uint32_t>(s));
      }
      code_type_ = integers("split", nodes_.threshold, most);
      tables_ += "/* Thresholds of each column in ascending order, and where they start. */\n";
      array("double", "code", forest_.threshold_table_.values(), sizeof(double));
      integers("code_start", starts);
    }
    tables_ += "/* Path lengths. */\n";
    array("double", "path", forest_.path_.values(), sizeof(double));
    tables_ += "/* Training range of each column. */\n";
    array("double", "low", forest_.box_low_.values(), sizeof(double));
    array("double", "high", forest_.box_high_.values(), sizeof(double));
    tables_ = named(tables_) + "\n";
  }

  [[nodiscard]] std::string comment() const {
    const std::string_view how = form() == threshold_form::float32   ? "float32"
                                 : form() == threshold_form::fixed16 ? "16-bit steps of each column"
                                                                     : "ranks among the thresholds of each column";
    std::string text =
        "/* Isolation forest for anomaly detection, made by millwright " + std::string(version_string) + "; do not edit.\n *\n";
    if (!options_.origin.empty()) text += " * Origin: " + comment_text(options_.origin) + "\n";
    text += " * Trees: " + std::to_string(forest_.trees_kept_) + " of " + std::to_string(forest_.trees) + ", each grown on " +
            std::to_string(forest_.sample_size_) + " training rows; " + std::to_string(nodes_.feature.size()) + " splits, thresholds as " +
            std::string(how) + ".\n";
    text += " * Loss against the forest before packing, on the training rows: largest difference of a score " +
            literal(forest_.worst_difference_) + ",\n *   share of decisions that changed " + literal(forest_.flip_rate_) + ".\n";
    text +=
        " * Size: " + std::to_string(bytes_) + " bytes of constants; " + std::to_string(row_bytes()) + " bytes of stack for a row.\n *\n";
    text += " * Input: " + std::to_string(columns()) + " values of type " + input_type() + ", in this order";
    text += options_.inputs.empty() ? ":\n" : "; " + comment_text(options_.inputs) + ":\n";
    for (std::size_t c = 0; c < columns(); ++c) {
      text += " *   [" + std::to_string(c) + "] " + (options_.columns.empty() ? "column" : comment_text(options_.columns[c])) +
              ", trained on " + literal(forest_.box_low_[c]) + " .. " + literal(forest_.box_high_[c]) + "\n";
    }
    text += named(
        " * Output: 2^(-mean path / c) in (0, 1], plus the mean excess over the training range; higher is more anomalous; no unit.\n"
        " *   Not a number if an input is not finite.\n"
        " * Scores have the same bits as in the library if multiply-adds are not fused: -ffp-contract=off.\n */\n");
    return text;
  }

  [[nodiscard]] std::size_t row_bytes() const {
    return code_type_.empty() ? 0 : columns() * (code_type_ == "uint8_t" ? 1 : code_type_ == "uint16_t" ? 2 : 4);
  }

  void functions() {
    head_ = named(
        "#ifndef $_H\n#define $_H\n\n#include <stdint.h>\n\n"
        "#ifdef __FAST_MATH__\n#error \"-ffast-math takes away the values that are not a number\"\n#endif\n"
        "#ifdef __clang__\n#pragma STDC FP_CONTRACT OFF\n#endif\n\n");
    head_ += named("#define $_COLUMNS ") + std::to_string(columns()) + "\n";
    head_ += named("#define $_TREES ") + std::to_string(nodes_.start.size()) + "\n";
    head_ += named("#define $_LEAF ") + std::to_string(nodes_.leaf) + "U\n";
    head_ += named("/* Beyond it lay the share ") + literal(forest_.contamination) + " of the training rows. */\n";
    head_ += named("#define $_THRESHOLD ") + literal(forest_.score_threshold_) + "\n\n";

    functions_ = named(R"(/* 2^x for -1000 < x <= 0, in the library's operations. */
static inline double @_upper(double x) {
  union {
    double value;
    uint64_t bits;
  } u;
  u.value = x;
  u.bits &= 0xfffffffff8000000U;
  return u.value;
}
static inline double @_exp2(double x) {
  const double ln2 = 0x1.62e42fefa39efp-1;
  const double k = (x + 6755399441055744.0) - 6755399441055744.0;
  const double r = x - k;
  const double y = r * ln2;
  const double rh = @_upper(r), rl = r - rh, lh = @_upper(ln2), ll = ln2 - lh;
  const double c = (((rh * lh - y) + rh * ll + rl * lh) + rl * ll) + r * 0x1.abc9e3b39803fp-56;
  const double s = y * y;
  const double tail =
      (0.5 + y * 0.1666666666666667) +
      s * ((0.04166666666666667 + y * 0.008333333333326084) +
           s * ((0.0013888888888883711 + y * 0.0001984126987500228) +
                s * ((2.480158732567746e-05 + y * 2.755725517000089e-06) +
                     s * ((2.755727347871858e-07 + y * 2.5105312729622103e-08) + s * 2.09147553258932e-09))));
  const double high = 1.0 + y;
  double result = high + ((y - (high - 1.0)) + (y * y * tail + (c + c * y)));
  int n = (int)k;
  if (x < -1000.0) return 0.0;
  for (; n < 0; ++n) result *= 0.5;
  return result;
}

)");
    coding();
    std::string walk = named("/* Score of one row; higher is more anomalous. */\nstatic inline double @_score(const ") + input_type() +
                       named(" x[$_COLUMNS]) {\n  double paths = 0.0, outside = 0.0;\n  unsigned c, t;\n");
    if (!code_type_.empty()) walk += "  " + code_type_ + named(" code[$_COLUMNS];\n");
    walk += named(R"(  for (c = 0; c < $_COLUMNS; ++c) {
    const double value = (double)x[c], low = @_low[c], high = @_high[c], zero = value - value;
    if (!(zero == 0.0)) return zero;
    if (low < high && value > high) outside += (value - high) / (high - low);
    if (low < high && value < low) outside += (low - value) / (high - low);
)");
    if (!code_type_.empty()) walk += named("    code[c] = @_encode(value, c);\n");
    const std::string compare = code_type_.empty() ? named("x[@_feature[i]] >= @_split[i]") : named("code[@_feature[i]] > @_split[i]");
    walk += named(R"(  }
  for (t = 0; t < $_TREES; ++t) {
    const uint32_t root = @_start[t];
    uint32_t child = 0;
    while (child < $_LEAF) {
      const uint32_t i = root + child;
      child = )") +
            compare + named(R"( ? @_right[i] : @_left[i];
    }
    paths += @_path[child - $_LEAF];
  }
)");
    const double normalizer = isolation_forest::average_path(forest_.sample_size_);
    walk +=
        named("  paths = @_exp2(-(paths / ") + literal(static_cast<double>(nodes_.start.size())) + ") / " + literal(normalizer) + ");\n";
    walk += forest_.out_of_box_weight == 0.0 ? "  (void)outside;\n  return paths;\n}\n\n"
                                             : "  return paths + " + literal(forest_.out_of_box_weight) + " * (outside / " +
                                                   literal(static_cast<double>(columns())) + ");\n}\n\n";
    functions_ += walk;
  }

  /// The number of codes that a value reaches.
  void coding() {
    if (form() == threshold_form::fixed16) {
      functions_ += named(R"(/* How many codes the value reaches. */
static inline uint16_t @_encode(double value, unsigned column) {
  const double code = (value - @_code[2U * column]) * @_code[2U * column + 1U];
  return (uint16_t)(code < 0.0 ? 0U : code >= 65534.0 ? 65535U : (uint32_t)code + 1U);
}

)");
    } else if (form() == threshold_form::rank) {
      functions_ += named("/* How many thresholds of the column the value reaches. */\nstatic inline ") + code_type_ +
                    named(R"( @_encode(double value, unsigned column) {
  uint32_t first = @_code_start[column], last = @_code_start[column + 1U];
  while (first < last) {
    const uint32_t middle = first + (last - first) / 2U;
    if (value >= @_code[middle]) {
      first = middle + 1U;
    } else {
      last = middle;
    }
  }
  return ()") + code_type_ +
                    named(")(first - @_code_start[column]);\n}\n\n");
    }
  }

  const quantized_forest& forest_;
  const detail::quantized_trees& read_;
  const c99_options& options_;
  inner_nodes nodes_;
  std::string upper_;
  std::string head_;
  std::string tables_;
  std::string functions_;
  std::string code_type_;  // empty: float32 values are compared as they are
  std::size_t bytes_ = 0;
};

}  // namespace

result<std::string> export_c99(const quantized_forest& forest, const c99_options& options) {
  if (!is_identifier(options.prefix)) {
    return error(errc::invalid_argument, "export_c99", "\"" + options.prefix + "\" cannot start names of C",
                 "use letters, digits and _, at most 64, a letter first");
  }
  // Everything that the stage checks, so that the header's loops end and its indices fit.
  quantized_forest checked = forest;
  workspace measure;
  MILLWRIGHT_CHECK(checked.prepare({std::vector<column>(forest.box_low_.size())}, measure));
  if (!options.columns.empty() && options.columns.size() != forest.box_low_.size()) {
    return error(
        errc::incompatible, "export_c99",
        "there are " + std::to_string(options.columns.size()) + " names for " + std::to_string(forest.box_low_.size()) + " columns",
        "give one name for each column");
  }
  MILLWRIGHT_TRY(const detail::quantized_trees read, detail::read_quantized_trees(forest));
  return header_writer(forest, read, options).write();
}

}  // namespace millwright
