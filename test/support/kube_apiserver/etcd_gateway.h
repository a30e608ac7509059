// What tests ask of etcd itself, over its JSON gateway.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace mpl::test {

// Compacts at the present revision. Throws std::runtime_error when etcd refuses.
void CompactEverything(int client_port);

// Writes keys ("/registry/configmaps/ns/name") with values as kube-apiserver would store them (JSON
// is accepted), 100 in a transaction: thousands of objects in a second. Throws likewise.
void PutAll(int client_port, const std::vector<std::pair<std::string, std::string>>& entries);
// Deletes every key that begins so. Throws likewise.
void DeletePrefix(int client_port, const std::string& prefix);

}  // namespace mpl::test
