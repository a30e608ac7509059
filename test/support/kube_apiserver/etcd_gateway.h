// The one thing that tests ask of etcd itself, over its JSON gateway.
#pragma once

namespace mpl::test {

// Compacts at the present revision. Throws std::runtime_error when etcd refuses.
void CompactEverything(int client_port);

}  // namespace mpl::test
