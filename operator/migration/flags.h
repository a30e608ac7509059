// Command lines as metrics-server's parser (pflag) reads them.
#pragma once

#include <string>
#include <vector>

namespace mpl::migration {

struct Flag {
  std::string name;     // without dashes, the long one: "node-selector" of "-l"
  std::string value;    // of a switch: "true", or what follows '='
  std::string written;  // "--kubelet-port 10250"
  bool is_flag = true;  // false: a word that belongs to no flag
};

// The arguments after the program's name. "--a=b", "--a b", "--switch", "-l b", "-v=4", "-v4"; what
// follows "--" are words. Of a flag that nobody knows, a following word without a dash is taken as
// its value.
std::vector<Flag> ReadFlags(const std::vector<std::string>& arguments);

}  // namespace mpl::migration
