#include "kube/telemetry/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

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
                      prometheus::Histogram& series)
      : family_(family), series_(series) {}
  ~PrometheusHistogram() override { family_.Remove(&series_); }
  void Observe(double value) override { series_.Observe(value); }

 private:
  prometheus::Family<prometheus::Histogram>& family_;
  prometheus::Histogram& series_;
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

}  // namespace

struct Registry::Impl {
  prometheus::Registry series;  // has a lock of its own
  std::mutex mutex;
  SeriesMap<Counter> counters;                   // guarded by mutex
  SeriesMap<Gauge> gauges;                       // guarded by mutex
  SeriesMap<Histogram> histograms;               // guarded by mutex
  std::vector<std::function<void()>> refreshes;  // guarded by mutex
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
    return std::make_unique<PrometheusHistogram>(family, family.Add(labels, bounds));
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

std::string Registry::Expose() const {
  std::vector<std::function<void()>> refreshes;
  {
    const std::lock_guard lock(impl_->mutex);
    refreshes = impl_->refreshes;  // called without the lock: they ask for series themselves
  }
  for (const auto& refresh : refreshes) refresh();
  return prometheus::TextSerializer().Serialize(impl_->series.Collect());
}

}  // namespace mpl::metrics
