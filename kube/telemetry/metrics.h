// Self-metrics: a thin layer over prometheus-cpp (core), so that every series is made at one place,
// starts at zero, and can be listed.
//
// Thread-safe. Names, units and labels are catalogued in docs/metrics.yaml.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace mpl::metrics {

using Labels = std::map<std::string, std::string>;

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void Increment(double by = 1) = 0;
  virtual double Value() const = 0;
};
class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void Set(double value) = 0;
  virtual double Value() const = 0;
};
class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void Observe(double value) = 0;
  // The same for each, at the cost of one.
  virtual void ObserveAll(std::span<const double> values) = 0;
};

// A family whose numbers are kept by somebody else, as it is exposed. For thousands of series that
// differ in a label: a series of the registry takes a kilobyte.
struct Family {
  enum class Kind { kGauge, kHistogram };
  struct Series {
    Labels labels;
    double value = 0;  // of a gauge; of a histogram the sum of what was observed
    // Of a histogram: how much was observed up to each bound and above the one before, and, as the
    // last one, above all.
    std::vector<std::uint64_t> counts = {};
  };

  std::string name;
  std::string help;
  Kind kind = Kind::kGauge;
  std::vector<double> bounds = {};  // of a histogram
  std::vector<Series> series = {};
};

// Owns all series. References stay valid as long as the registry lives. Asking twice for the same
// name and labels gives the same series.
class Registry {
 public:
  Registry();
  ~Registry();
  Counter& GetCounter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& GetGauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram& GetHistogram(const std::string& name, const std::string& help,
                          const std::vector<double>& bounds, const Labels& labels = {});
  // Drops the series of whatever kind: for labels that name something that is gone. References to
  // it are dangling afterwards. Nothing when there is none.
  void Remove(const std::string& name, const Labels& labels);
  // Called before each exposition: sets gauges that mirror state kept elsewhere.
  void OnCollect(std::function<void()> refresh);
  // Called at each exposition, perhaps on another thread: families beside the registry's own.
  void Provide(std::function<std::vector<Family>()> families);
  // Prometheus text format 0.0.4.
  std::string Expose() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mpl::metrics
