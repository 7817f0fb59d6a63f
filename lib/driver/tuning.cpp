#include "loopy/driver/tuning.h"

#include "loopy/driver/selection.h"
#include "loopy/runtime/runtime.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace loopy {

using nlohmann::json;

std::string pointName(const Settings &settings) {
  std::string text;
  for (const auto &[name, value] : settings)
    text += (text.empty() ? "" : ", ") + name + "=" + value;
  return text.empty() ? "no parameters" : text;
}

std::vector<Settings> allPoints(const std::vector<std::pair<std::string, std::vector<std::string>>> &candidates) {
  std::vector<Settings> points = {{}};
  for (const auto &[name, values] : candidates) {
    std::vector<Settings> longer;
    for (const Settings &point : points)
      for (const std::string &value : values) {
        longer.push_back(point);
        longer.back()[name] = value;
      }
    points = std::move(longer);
  }
  return points;
}

std::vector<size_t> successiveHalving(size_t points, const TuneHooks &hooks) {
  std::vector<std::pair<double, size_t>> alive; // last measured time, point
  for (size_t point = 0; point < points; ++point)
    alive.emplace_back(0, point);
  std::vector<size_t> eliminated; // the worst first
  constexpr int first = 2, most = 32;
  for (int repetitions = first; repetitions == first || (alive.size() > 1 && repetitions <= most); repetitions *= 2) {
    std::vector<std::pair<double, size_t>> measured;
    for (auto &[seconds, point] : alive) {
      const bool isOver = hooks.isOutOfTime();
      if (isOver && repetitions == first)
        break; // what was not tried is not known
      if (isOver)
        measured.emplace_back(seconds, point);
      else if (const std::optional<double> now = hooks.time(point, repetitions))
        measured.emplace_back(*now, point);
    }
    std::stable_sort(measured.begin(), measured.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
    alive = std::move(measured);
    const size_t kept = (alive.size() + 1) / 2;
    while (alive.size() > kept) {
      eliminated.push_back(alive.back().second);
      alive.pop_back();
    }
  }
  std::vector<size_t> order;
  for (const auto &[seconds, point] : alive)
    order.push_back(point);
  order.insert(order.end(), eliminated.rbegin(), eliminated.rend());
  return order;
}

namespace {

constexpr const char *format = "loopyc tuning 1";

int binaryLogarithm(int64_t value) {
  int logarithm = 0;
  for (; value > 1; value /= 2)
    ++logarithm;
  return logarithm;
}

json sizeClass(const std::map<std::string, int64_t> &sizes) {
  json result = json::object();
  for (const auto &[name, value] : sizes)
    result[name] = binaryLogarithm(value);
  return result;
}

std::string trialName(const std::string &point, int repetitions) { return point + " x" + std::to_string(repetitions); }

bool isFor(const json &entry, const TuningDatabase::Key &key) {
  return entry.value("content", "") == key.content && entry.value("device", "") == key.device;
}

json *find(json &database, const TuningDatabase::Key &key) {
  for (json &entry : database["entries"])
    if (isFor(entry, key) && entry["size_class"] == sizeClass(key.sizes))
      return &entry;
  return nullptr;
}

json readDatabase(const std::string &path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    return {{"format", format}, {"entries", json::array()}};
  json database = json::parse(readText(path), nullptr, false);
  if (!database.is_object() || database.value("format", "") != format || !database["entries"].is_array())
    throw UserError({}, "`" + path + "` is no database of `loopyc tune`.");
  return database;
}

template <class Edit> void editEntry(const std::string &path, const TuningDatabase::Key &key, Edit &&edit) {
  json database = readDatabase(path);
  json *entry = find(database, key);
  if (!entry) {
    database["entries"].push_back({{"kernel", key.kernel},
                                   {"pipeline", key.pipeline},
                                   {"content", key.content},
                                   {"device", key.device},
                                   {"sizes", key.sizes},
                                   {"size_class", sizeClass(key.sizes)},
                                   {"trials", json::object()}});
    entry = &database["entries"].back();
  }
  edit(*entry);
  std::error_code ignored; // writeText says what is wrong
  if (const auto directory = std::filesystem::path(path).parent_path(); !directory.empty())
    std::filesystem::create_directories(directory, ignored);
  writeText(path, database.dump(1) + "\n");
}

} // namespace

TuningDatabase::TuningDatabase(std::string path) : path_(std::move(path)) { readDatabase(path_); }

std::optional<std::optional<double>> TuningDatabase::time(const Key &key, const std::string &point,
                                                          int repetitions) const {
  json database = readDatabase(path_);
  const json *entry = find(database, key);
  if (!entry || !entry->contains("trials"))
    return std::nullopt;
  const json &trials = (*entry)["trials"];
  auto found = trials.find(trialName(point, repetitions));
  if (found == trials.end())
    return std::nullopt;
  return found->is_number() ? std::optional<double>(found->get<double>()) : std::optional<double>();
}

void TuningDatabase::recordTime(const Key &key, const std::string &point, int repetitions,
                                std::optional<double> seconds) {
  editEntry(path_, key, [&](json &entry) {
    entry["trials"][trialName(point, repetitions)] = seconds ? json(*seconds) : json(nullptr);
  });
}

void TuningDatabase::recordBest(const Key &key, const Settings &settings, double seconds) {
  editEntry(path_, key, [&](json &entry) { entry["best"] = {{"settings", settings}, {"seconds", seconds}}; });
}

std::optional<Settings> TuningDatabase::best(const Key &key) const {
  const json database = readDatabase(path_);
  std::optional<Settings> best;
  int smallest = 0;
  for (const json &entry : database["entries"]) {
    if (!isFor(entry, key) || !entry.contains("best"))
      continue;
    int distance = 0;
    for (const auto &[name, logarithm] : entry["size_class"].items())
      if (auto size = key.sizes.find(name); size != key.sizes.end())
        distance += std::abs(binaryLogarithm(size->second) - logarithm.get<int>());
    if (!best || distance < smallest) {
      best = entry["best"]["settings"].get<Settings>();
      smallest = distance;
    }
  }
  return best;
}

std::string defaultTuningDatabase() {
  const char *path = std::getenv("LOOPYC_TUNING");
  return path && *path ? path : cacheDirectory() + "/tuning.json";
}

} // namespace loopy
