#include "measure.h"

#include "loopy/lower/lower.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace loopy {

using nlohmann::json;

namespace {

// The value at `share` of the way through sorted values, interpolated between neighbours.
double quantile(const std::vector<double> &sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(std::floor(place));
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

} // namespace

Spread spreadOf(std::vector<double> values) {
  require(!values.empty(), "a measurement without times");
  std::sort(values.begin(), values.end());
  return {quantile(values, 0.5), quantile(values, 0.25), quantile(values, 0.75), values.front(), values.back()};
}

json toJson(const Spread &spread, const std::vector<double> &samples) {
  return {{"median", spread.median},
          {"lower_quartile", spread.lowerQuartile},
          {"upper_quartile", spread.upperQuartile},
          {"fastest", spread.fastest},
          {"slowest", spread.slowest},
          {"samples", samples}};
}

std::optional<Spread> spreadFrom(const json &from) {
  Spread spread;
  const std::pair<const char *, double *> fields[] = {{"median", &spread.median},
                                                      {"lower_quartile", &spread.lowerQuartile},
                                                      {"upper_quartile", &spread.upperQuartile},
                                                      {"fastest", &spread.fastest},
                                                      {"slowest", &spread.slowest}};
  for (const auto &[name, place] : fields) {
    if (!from.is_object() || !from.contains(name) || !from[name].is_number())
      return std::nullopt;
    *place = from[name].get<double>();
  }
  return spread;
}

const char *spelling(Measurement::Status status) {
  switch (status) {
  case Measurement::Status::Measured:
    return "measured";
  case Measurement::Status::Refused:
    return "refused";
  case Measurement::Status::Stopped:
    return "stopped";
  case Measurement::Status::Failed:
    return "failed";
  }
  throw InternalError("a status of a measurement without a name");
}

Measurement measure(const Kernel &transformed, const Arguments &arguments, const MeasureOptions &options) {
  Measurement result;
  std::optional<DeviceInfo> device;
  std::unique_ptr<Runtime> runtime;
  if (options.target.language == "opencl") {
    device = findDevice(options.target.device);
    runtime = makeOpenCLRuntime(*device);
    result.device = device->name;
    result.driver = device->platform + ", " + device->version + ", driver " + device->driver;
    result.isCpu = device->isCpu;
  } else {
    runtime = makeCRuntime();
    result.device = "this machine in C";
    result.driver = std::to_string(threadsOfC(options.target.openMp)) +
                    (threadsOfC(options.target.openMp) == 1 ? " thread" : " threads");
  }
  const Program program = lower(transformed, makeTarget(options.target, device ? &*device : nullptr));
  RunTimes times = runtime->run(program, arguments, options.run).times;
  result.event = std::move(times.eventSeconds);
  result.wall = std::move(times.wallSeconds);
  result.compileSeconds = times.compileSeconds;
  result.fromCache = times.fromCache;
  if (options.peaks)
    result.peaks = device ? peaksOf(*device, options.doubles) : peaksOfC(options.target.openMp, options.doubles);
  return result;
}

namespace {

json toJson(const Measurement &m) {
  json result = {{"event", m.event},      {"wall", m.wall},     {"compile", m.compileSeconds},
                 {"cached", m.fromCache}, {"device", m.device}, {"driver", m.driver},
                 {"cpu", m.isCpu}};
  if (m.peaks)
    result["peaks"] = {m.peaks->bytesPerSecond, m.peaks->operationsPerSecond};
  return result;
}

void read(const json &from, Measurement &m) {
  m.event = from.at("event").get<std::vector<double>>();
  m.wall = from.at("wall").get<std::vector<double>>();
  m.compileSeconds = from.at("compile").get<double>();
  m.fromCache = from.at("cached").get<bool>();
  m.device = from.at("device").get<std::string>();
  m.driver = from.at("driver").get<std::string>();
  m.isCpu = from.at("cpu").get<bool>();
  if (from.contains("peaks"))
    m.peaks = Peaks{from["peaks"][0].get<double>(), from["peaks"][1].get<double>()};
}

void writeAll(int file, const std::string &text) {
  for (size_t done = 0; done < text.size();) {
    const ssize_t count = write(file, text.data() + done, text.size() - done);
    if (count <= 0 && errno != EINTR)
      return;
    done += count > 0 ? static_cast<size_t>(count) : 0;
  }
}

// Reads to the end of the pipe; false if the time is over before.
bool readAll(int file, double seconds, std::string &text) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  for (;;) {
    const double left = std::chrono::duration<double>(end - std::chrono::steady_clock::now()).count();
    if (left <= 0)
      return false;
    pollfd wanted{file, POLLIN, 0};
    if (poll(&wanted, 1, static_cast<int>(std::min(left, 3600.0) * 1e3) + 1) <= 0)
      continue;
    char buffer[4096];
    const ssize_t count = ::read(file, buffer, sizeof buffer);
    if (count == 0)
      return true;
    if (count > 0)
      text.append(buffer, static_cast<size_t>(count));
  }
}

[[noreturn]] void runChild(int file, const std::function<json()> &f) {
  json answer;
  try {
    answer["result"] = f();
  } catch (const UserError &error) {
    answer["refused"] = error.what();
  } catch (const std::exception &error) {
    answer["failed"] = error.what();
  }
  writeAll(file, answer.dump(-1, ' ', false, json::error_handler_t::replace));
  _exit(0); // neither destructors nor buffers of the parent's
}

} // namespace

Apart runApart(double seconds, const std::function<json()> &f) {
  int ends[2];
  if (pipe(ends) != 0)
    throw UserError({}, std::string("No pipe can be made: ") + std::strerror(errno) + ".");
  const pid_t child = fork();
  if (child < 0) {
    close(ends[0]);
    close(ends[1]);
    throw UserError({}, std::string("No process can be started: ") + std::strerror(errno) + ".");
  }
  if (child == 0) {
    close(ends[0]);
    setpgid(0, 0); // so that a compiler it runs ends with it
    runChild(ends[1], f);
  }
  close(ends[1]);
  std::string text;
  Apart apart;
  apart.isStopped = !readAll(ends[0], seconds, text);
  close(ends[0]);
  if (apart.isStopped && kill(-child, SIGKILL) != 0)
    kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  const json answer = json::parse(text, nullptr, false);
  if (apart.isStopped)
    apart.reason = "stopped by the time limit";
  else if (answer.is_object() && answer.contains("result"))
    apart.result = answer["result"];
  else if (answer.is_object() && answer.contains("refused"))
    apart.reason = answer["refused"].get<std::string>();
  else if (answer.is_object() && answer.contains("failed"))
    apart.reason = "failed: " + answer["failed"].get<std::string>();
  else
    apart.reason = WIFSIGNALED(status) ? "failed: ended by signal " + std::to_string(WTERMSIG(status))
                                       : "failed: ended with status " + std::to_string(WEXITSTATUS(status));
  return apart;
}

Measurement measureApart(const Kernel &transformed, const Arguments &arguments, const MeasureOptions &options,
                         double seconds) {
  const Apart apart = runApart(seconds, [&] { return toJson(measure(transformed, arguments, options)); });
  Measurement result;
  result.reason = apart.reason;
  if (apart.result)
    read(*apart.result, result);
  else if (apart.isStopped)
    result.status = Measurement::Status::Stopped;
  else
    result.status = apart.reason.starts_with("failed: ") ? Measurement::Status::Failed : Measurement::Status::Refused;
  return result;
}

} // namespace loopy
