// The compiled part of Boost.JSON, in the one place that it wants: so the parser needs no package
// and no shared library beside Boost's headers.
#include <boost/json/src.hpp>
