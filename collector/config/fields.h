// Reads one object of a document field by field, and collects what is wrong instead of stopping.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "collector/config/config.h"
#include "kube/objects/meta.h"

namespace mpl::config {

std::string Quote(std::string_view text);  // "\"text\""

// A field that is absent or null leaves the value as it is: that is its default. Copies share the
// list of faults; `object` must outlive them.
class Fields {
 public:
  // `object` may be null (section left out).
  Fields(const objects::Json* object, std::string path, std::vector<Fault>* faults);

  // Null when absent.
  const objects::Json* Find(const char* name);
  Fields Section(const char* name);
  // These answer true when the field was there and fine.
  bool String(const char* name, std::string& value);
  bool Strings(const char* name, std::vector<std::string>& values);
  bool OneOf(const char* name, const std::vector<std::string>& allowed, std::string& value);
  bool Integer(const char* name, std::int64_t least, std::int64_t most, std::int64_t& value);
  bool Time(const char* name, Duration& value);

  void Fail(const char* name, std::string detail);
  // Whatever was never asked for is unknown, and a fault.
  void End();

 private:
  std::string PathOf(std::string_view name) const;

  const objects::Json* object_;
  std::string path_;
  std::vector<Fault>* faults_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace mpl::config
