#include "kube/client/random.h"

#include <random>

namespace mpl::client {

machinery::Random NewRandom() {
  return [generator = std::mt19937(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<>(0, 1)(generator);
  };
}

}  // namespace mpl::client
