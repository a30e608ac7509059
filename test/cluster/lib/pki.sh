# SPDX-License-Identifier: Apache-2.0
# Keys, certificates and kubeconfigs, in $pki. Replaced files are moved into place whole: programs
# watch them.

key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc)

# pki_authority FILE NAME: a certificate authority FILE.crt, FILE.key.
pki_authority() {
  openssl req -x509 "${key[@]}" -days 3650 -subj "/CN=$2" -keyout "$pki/$1.key" -out "$pki/$1.crt" 2>/dev/null
}

# pki_issue AUTHORITY FILE SUBJECT [NAMES]: FILE.crt and FILE.key; NAMES as in "DNS:a,IP:b".
pki_issue() {
  local new=$pki/.$2.new
  openssl req -x509 "${key[@]}" -days 365 -subj "$3" -CA "$pki/$1.crt" -CAkey "$pki/$1.key" \
    -addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature \
    -addext extendedKeyUsage=serverAuth,clientAuth ${4:+-addext "subjectAltName=$4"} \
    -keyout "$new.key" -out "$new.crt" 2>/dev/null
  mv "$new.key" "$pki/$2.key"
  mv "$new.crt" "$pki/$2.crt"
}

# pki_kubeconfig FILE USER SERVER: for the holder of USER.crt; self-contained, so it may be copied.
pki_kubeconfig() {
  cat >"$1" <<END
apiVersion: v1
kind: Config
current-context: metricspipeline
contexts: [{name: metricspipeline, context: {cluster: metricspipeline, user: $2}}]
clusters:
- name: metricspipeline
  cluster: {server: "$3", certificate-authority-data: $(base64 -w0 "$pki/ca.crt")}
users:
- name: $2
  user:
    client-certificate-data: $(base64 -w0 "$pki/$2.crt")
    client-key-data: $(base64 -w0 "$pki/$2.key")
END
  chmod 600 "$1"
}

# pki_node_serving NODE: what a kubelet shows its callers, signed by the cluster's authority.
pki_node_serving() {
  pki_issue ca "$1-serving" "/O=system:nodes/CN=system:node:$1" "DNS:$1,IP:$(node_ip "$1")"
}

# pki_create NODE...: all there is.
pki_create() {
  local node names=DNS:kubernetes
  mkdir -p "$pki"
  pki_authority ca kubernetes
  pki_authority front-proxy-ca front-proxy-ca
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$pki/service-account.key" 2>/dev/null
  openssl pkey -in "$pki/service-account.key" -pubout -out "$pki/service-account.pub"

  names+=,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local
  names+=,DNS:localhost,IP:127.0.0.1,IP:${service_range%.0/16}.1,IP:$cp_ip
  pki_issue ca apiserver /CN=kube-apiserver "$names"
  pki_issue ca apiserver-kubelet-client /O=system:masters/CN=kube-apiserver-kubelet-client
  pki_issue front-proxy-ca front-proxy-client /CN=front-proxy-client
  pki_issue ca admin /O=system:masters/CN=admin
  for user in kube-controller-manager kube-scheduler kube-proxy; do
    pki_issue ca "$user" "/CN=system:$user"
    pki_kubeconfig "$pki/$user.kubeconfig" "$user" "https://$cp_ip:6443"
  done
  for node in "$@"; do
    pki_issue ca "$node" "/O=system:nodes/CN=system:node:$node"
    pki_kubeconfig "$pki/$node.kubeconfig" "$node" "https://$cp_ip:6443"
    pki_node_serving "$node"
  done
}
