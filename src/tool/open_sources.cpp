#include "tool/open_sources.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "tool/interrupt.hpp"
#include "tool/text.hpp"

namespace millwright::tool {

namespace {

/// An input while it is being matched.
struct candidate {
  open_input input;
  const reader_functions* format = nullptr;
  reader_options options;
  std::optional<signal_reader> reader;
  std::vector<channel> channels;  // the reader's; names and rate as far as they are known
  std::vector<channel> likely;    // channels of the group that fits when the input has no names
  bool names_given = false;       // by the user
  bool names_assumed = false;
  bool rate_assumed = false;
  bool has_own_names = false;
};

std::vector<std::string> names_of(const std::vector<channel>& channels) {
  std::vector<std::string> names;
  for (const auto& c : channels) names.push_back(c.name);
  return names;
}

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& n : names) text += (text.empty() ? "" : ", ") + n;
  return text;
}

/// The one of a list with an entry for each input, one for all, or none.
template <class T>
const T* entry_for(const std::vector<T>& list, std::size_t index) {
  if (list.empty()) return nullptr;
  return list.size() == 1 ? &list.front() : &list[index];
}

result<open_input> open_file(const std::string& path) {
  open_input in;
  in.name = path;
  if (path == "-") {
    in.name = "standard input";
    in.is_standard_input = true;
    stop_reading_on_signal(STDIN_FILENO);
    return in;
  }
  in.file = descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info = {};
  if (in.file.get() < 0 || ::fstat(in.file.get(), &info) != 0) {
    return error(errc::io_error, path, "cannot open " + path + ": " + std::strerror(errno), "check the path and its permissions");
  }
  if (S_ISDIR(info.st_mode)) return error(errc::io_error, path, path + " is a directory", "give the path of a file");
  in.seekable = S_ISREG(info.st_mode);
  if (in.seekable) in.bytes = static_cast<std::uint64_t>(info.st_size);
  stop_reading_on_signal(in.file.get());
  return in;
}

result<void> open_reader(candidate& c) {
  c.reader.reset();
  const int fd = c.input.is_standard_input ? STDIN_FILENO : c.input.file.get();
  if (c.input.seekable && ::lseek(fd, 0, SEEK_SET) != 0)
    return error(errc::io_error, c.input.name, "cannot rewind " + c.input.name + ": " + std::strerror(errno));
  MILLWRIGHT_TRY(signal_reader opened, signal_reader::open_descriptor(fd, c.input.name, c.options));
  c.reader.emplace(std::move(opened));
  return {};
}

void assume_rate(candidate& c) {
  if (c.options.rate_hz > 0.0) return;
  c.options.rate_hz = c.likely.front().rate_hz;
  c.rate_assumed = true;
}
void assume_names(candidate& c) {
  if (!c.options.names.empty()) return;
  c.options.names = names_of(c.likely);
  c.names_assumed = true;
}

/// A file is tried as it is, then with the bundle's rate, then with the bundle's names too.
result<void> open_seekable(candidate& c) {
  if (c.format->traits.may_lack_stamps) assume_rate(c);
  const auto first = open_reader(c);
  if (first || first.error().code != errc::invalid_argument) return first;
  assume_rate(c);
  if (open_reader(c)) return {};
  assume_names(c);
  if (open_reader(c)) return {};
  return first;
}

/// A pipe can be opened only once.
result<void> open_pipe(candidate& c, bool one_group) {
  if (!c.format->traits.tells_rate) assume_rate(c);
  if (!c.format->traits.tells_channels) assume_names(c);
  // Columns that nobody needs may hold anything, so only the needed ones are read.
  if (c.format->traits.chooses_columns && one_group && !c.names_given) c.options.names = names_of(c.likely);
  return open_reader(c);
}

/// Columns without names get the bundle's, in its order, if there are as many.
result<void> name_columns(candidate& c, const std::string& bundle) {
  c.channels = c.reader->channels();
  c.has_own_names = !c.names_given && !c.names_assumed;
  for (std::size_t i = 0; c.has_own_names && i < c.channels.size(); ++i) c.has_own_names = c.channels[i].name != "ch" + std::to_string(i);
  if (!c.has_own_names && !c.names_given && !c.names_assumed) {
    if (c.channels.size() != c.likely.size()) {
      return error(errc::invalid_data, "ingest, " + c.input.name,
                   bundle + " was trained with " + std::to_string(c.likely.size()) + " channels (" + join(names_of(c.likely)) +
                       "), but the input has " + std::to_string(c.channels.size()) + " without names.",
                   "say with --names what the columns are");
    }
    for (std::size_t i = 0; i < c.channels.size(); ++i) c.channels[i].name = c.likely[i].name;
    c.names_assumed = true;
  }
  if (c.rate_assumed) {
    for (auto& channel : c.channels) channel.rate_hz = 0.0;  // fits any
  }
  return {};
}

/// Settings are given for all inputs; each takes those that its format has.
void keep_own_settings(candidate& c) {
  const std::vector<param_info> known = c.format->params();
  std::erase_if(c.options.settings, [&](const auto& setting) {
    return std::none_of(known.begin(), known.end(), [&](const param_info& p) { return p.name == setting.first; });
  });
}

result<void> check_settings(const std::vector<candidate>& inputs, const reader_options& given) {
  for (const auto& [name, value] : given.settings) {
    const auto takes = [&, &name = name](const candidate& c) {
      return std::any_of(c.options.settings.begin(), c.options.settings.end(), [&](const auto& own) { return own.first == name; });
    };
    if (std::none_of(inputs.begin(), inputs.end(), takes)) {
      return error(errc::invalid_argument, "arguments", "no input is of a format that has the setting " + name,
                   "leave it away, or check --in");
    }
  }
  return {};
}

result<void> check_use(const std::vector<candidate>& inputs, const channel_match& match,
                       const std::vector<std::vector<std::size_t>>& groups, const pipeline& model) {
  const auto& channels = model->parts.channels;
  std::vector<std::size_t> group_of(inputs.size(), groups.size());
  for (std::size_t g = 0; g < groups.size(); ++g) {
    std::size_t& user = group_of[match.groups[g].input];
    if (user != groups.size()) {
      const channel& one = channels[groups[user].front()];
      const channel& other = channels[groups[g].front()];
      return error(errc::invalid_data, "ingest, " + inputs[match.groups[g].input].input.name,
                   "channels \"" + one.name + "\" (" + short_number(one.rate_hz) + " Hz) and \"" + other.name + "\" (" +
                       short_number(other.rate_hz) + " Hz) have two rates but come from one input.",
                   "give one input for each sampling rate");
    }
    user = g;
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (group_of[i] == groups.size())
      return error(errc::invalid_data, "ingest, " + inputs[i].input.name,
                   "no channel of " + inputs[i].input.name + " is needed that no other input gives.", "leave it away");
  }
  return {};
}

/// Opens the input again where the first opening read more columns than needed, or at another group's rate.
result<void> refine(candidate& c, const std::vector<channel>& trained, std::vector<std::size_t>& columns) {
  const double rate = trained.front().rate_hz;
  const bool wrong_rate = c.rate_assumed && c.options.rate_hz != rate;
  const bool too_much = c.has_own_names && columns.size() < c.channels.size();
  if (!wrong_rate && !too_much) return {};
  if (!c.input.seekable) {
    if (!wrong_rate) return {};
    return error(errc::invalid_argument, "ingest, " + c.input.name, "the rate of " + c.input.name + " is not known",
                 "give --rate " + short_number(rate));
  }
  if (wrong_rate) c.options.rate_hz = rate;
  if (too_much) {
    c.options.names = names_of(trained);
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i] = i;
  }
  return open_reader(c);
}

}  // namespace

result<std::vector<signal_source>> open_sources(const run_options& options, const pipeline& model,
                                                const std::vector<std::vector<std::size_t>>& groups,
                                                std::optional<time_ns> input_resumes_at, std::vector<std::string>& notes) {
  const auto& channels = model->parts.channels;
  const auto channels_of = [&](std::size_t g) {
    std::vector<channel> list;
    for (const std::size_t c : groups[g]) list.push_back(channels[c]);
    return list;
  };
  std::vector<candidate> inputs;
  for (std::size_t i = 0; i < options.inputs.size(); ++i) {
    candidate& c = inputs.emplace_back();
    c.options = options.reader;
    if (const auto* names = entry_for(options.names, i)) c.options.names = *names;
    if (const auto* rate = entry_for(options.rates_hz, i)) c.options.rate_hz = *rate;
    c.names_given = !c.options.names.empty();
    c.likely = channels_of(std::min(i, groups.size() - 1));
    MILLWRIGHT_TRY(c.input, open_file(options.inputs[i]));
    MILLWRIGHT_TRY(c.format, builtin_readers().find(c.options.format, c.input.name));
    keep_own_settings(c);
    if (c.input.is_standard_input && input_resumes_at) c.options.start_time = input_resumes_at;
    MILLWRIGHT_CHECK(c.input.seekable ? open_seekable(c) : open_pipe(c, groups.size() == 1));
    MILLWRIGHT_CHECK(name_columns(c, options.bundle));
  }

  MILLWRIGHT_CHECK(check_settings(inputs, options.reader));
  std::vector<std::vector<channel>> found;
  match_names names{options.bundle, {}};
  for (const auto& c : inputs) {
    found.push_back(c.channels);
    names.inputs.push_back(c.input.name);
  }
  MILLWRIGHT_TRY(const channel_match match, match_channels(found, channels, groups, names));
  MILLWRIGHT_CHECK(check_use(inputs, match, groups, model));

  std::vector<signal_source> sources;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    candidate& c = inputs[i];
    std::size_t g = 0;
    while (match.groups[g].input != i) ++g;
    std::vector<channel> trained = channels_of(g);
    std::vector<std::size_t> columns = match.groups[g].channels;
    MILLWRIGHT_CHECK(refine(c, trained, columns));
    if (c.names_assumed) notes.push_back(c.input.name + " does not name its channels: taken as " + join(names_of(trained)));
    if (c.rate_assumed)
      notes.push_back("where " + c.input.name + " tells no time, samples are taken to come at " + short_number(trained.front().rate_hz) +
                      " Hz");
    sources.emplace_back(std::move(c.input), *std::move(c.reader), g, std::move(trained), std::move(columns), options.bundle);
  }
  return sources;
}

}  // namespace millwright::tool
