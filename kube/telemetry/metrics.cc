#include "kube/telemetry/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>
#include <mutex>
#include <utility>

namespace mpl::metrics {
namespace {

class PrometheusCounter final : public Counter {
 public:
  PrometheusCounter(prometheus::Family<prometheus::Counter>& family, prometheus::Counter& series)
      : family_(family), series_(series) {}
  ~PrometheusCounter() override { family_.Remove(&series_); }
  void Increment(double by) override { series_.Increment(by); }
  double Value() const override { return series_.Value(); }

 private:
  prometheus::Family<prometheus::Counter>& family_;
  prometheus::Counter& series_;
};

class PrometheusGauge final : public Gauge {
 public:
  PrometheusGauge(prometheus::Family<prometheus::Gauge>& family, prometheus::Gauge& series)
      : family_(family), series_(series) {}
  ~PrometheusGauge() override { family_.Remove(&series_); }
  void Set(double value) override { series_.Set(value); }
  double Value() const override { return series_.Value(); }

 private:
  prometheus::Family<prometheus::Gauge>& family_;
  prometheus::Gauge& series_;
};

class PrometheusHistogram final : public Histogram {
 public:
  PrometheusHistogram(prometheus::Family<prometheus::Histogram>& family,
                      prometheus::Histogram& series, std::vector<double> bounds)
      : family_(family), series_(series), bounds_(std::move(bounds)) {}
  ~PrometheusHistogram() override { family_.Remove(&series_); }
  void Observe(double value) override { series_.Observe(value); }
  void ObserveAll(std::span<const double> values) override {
    std::vector<double> counts(bounds_.size() + 1);
    double sum = 0;
    for (const double value : values) {
      ++counts[static_cast<std::size_t>(std::ranges::lower_bound(bounds_, value) -
                                        bounds_.begin())];
      sum += value;
    }
    series_.ObserveMultiple(counts, sum);
  }

 private:
  prometheus::Family<prometheus::Histogram>& family_;
  prometheus::Histogram& series_;
  std::vector<double> bounds_;
};

using Key = std::pair<std::string, Labels>;

template <class Series>
using SeriesMap = std::map<Key, std::unique_ptr<Series>>;

// The series of that key; `make` is asked for it the first time.
template <class Series, class Make>
Series& FindOrMake(SeriesMap<Series>& known, const std::string& name, const Labels& labels,
                   const Make& make) {
  std::unique_ptr<Series>& slot = known[Key(name, labels)];
  if (slot == nullptr) slot = make();
  return *slot;
}

prometheus::ClientMetric::Histogram ToPrometheus(const std::vector<double>& bounds,
                                                 const Family::Series& series) {
  prometheus::ClientMetric::Histogram histogram;
  histogram.sample_sum = series.value;
  for (std::size_t k = 0; k < series.counts.size(); ++k) {
    histogram.sample_count += series.counts[k];
    const double bound = k < bounds.size() ? bounds[k] : std::numeric_limits<double>::infinity();
    histogram.bucket.push_back({.cumulative_count = histogram.sample_count, .upper_bound = bound});
  }
  return histogram;
}

prometheus::MetricFamily ToPrometheus(const Family& family) {
  const bool is_gauge = family.kind == Family::Kind::kGauge;
  prometheus::MetricFamily out;
  out.name = family.name;
  out.help = family.help;
  out.type = is_gauge ? prometheus::MetricType::Gauge : prometheus::MetricType::Histogram;
  for (const Family::Series& series : family.series) {
    prometheus::ClientMetric& metric = out.metric.emplace_back();
    for (const auto& [name, value] : series.labels) metric.label.push_back({name, value});
    if (is_gauge) {
      metric.gauge.value = series.value;
    } else {
      metric.histogram = ToPrometheus(family.bounds, series);
    }
  }
  return out;
}

}  // namespace

struct Registry::Impl {
  prometheus::Registry series;  // has a lock of its own
  std::mutex mutex;
  SeriesMap<Counter> counters;                                  // guarded by mutex
  SeriesMap<Gauge> gauges;                                      // guarded by mutex
  SeriesMap<Histogram> histograms;                              // guarded by mutex
  std::vector<std::function<void()>> refreshes;                 // guarded by mutex
  std::vector<std::function<std::vector<Family>()>> providers;  // guarded by mutex
};

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

Counter& Registry::GetCounter(const std::string& name, const std::string& help,
                              const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  return FindOrMake(impl_->counters, name, labels, [&] {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(impl_->series);
    return std::make_unique<PrometheusCounter>(family, family.Add(labels));
  });
}

Gauge& Registry::GetGauge(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  return FindOrMake(impl_->gauges, name, labels, [&] {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(impl_->series);
    return std::make_unique<PrometheusGauge>(family, family.Add(labels));
  });
}

Histogram& Registry::GetHistogram(const std::string& name, const std::string& help,
                                  const std::vector<double>& bounds, const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  return FindOrMake(impl_->histograms, name, labels, [&] {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(impl_->series);
    return std::make_unique<PrometheusHistogram>(family, family.Add(labels, bounds), bounds);
  });
}

void Registry::Remove(const std::string& name, const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  const Key key(name, labels);
  impl_->counters.erase(key);
  impl_->gauges.erase(key);
  impl_->histograms.erase(key);
}

void Registry::OnCollect(std::function<void()> refresh) {
  const std::lock_guard lock(impl_->mutex);
  impl_->refreshes.push_back(std::move(refresh));
}

void Registry::Provide(std::function<std::vector<Family>()> families) {
  const std::lock_guard lock(impl_->mutex);
  impl_->providers.push_back(std::move(families));
}

std::string Registry::Expose() const {
  // Called without the lock: they ask for series themselves.
  std::vector<std::function<void()>> refreshes;
  std::vector<std::function<std::vector<Family>()>> providers;
  {
    const std::lock_guard lock(impl_->mutex);
    refreshes = impl_->refreshes;
    providers = impl_->providers;
  }
  for (const auto& refresh : refreshes) refresh();
  auto families = impl_->series.Collect();
  for (const auto& provide : providers) {
    for (const Family& family : provide()) {
      if (!family.series.empty()) families.push_back(ToPrometheus(family));
    }
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace mpl::metrics
