# SPDX-License-Identifier: Apache-2.0
# The programs of cp: etcd, API server, controller manager, scheduler.

# control_plane_write HPA_SYNC: how each of them is started.
control_plane_write() {
  local bin hpa_sync=$1
  bin=$(kubernetes_bin)
  # No fsync: what a crash of the computer loses is a test cluster.
  program_write cp etcd "$bin/etcd" --data-dir "$machines/cp/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380

  # What the operator and its collectors ask for; test/e2e counts it.
  cat >"$machines/cp/audit-policy.yaml" <<EOF
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: Metadata, userGroups: ['system:serviceaccounts:metricspipeline-system']}
- {level: None}
EOF

  local args=(
    --audit-policy-file="$machines/cp/audit-policy.yaml" --audit-log-path="$logs/audit.log"
    --etcd-servers=http://127.0.0.1:2379
    --secure-port=6443 --advertise-address="$cp_ip" --service-cluster-ip-range="$service_range"
    --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" --cert-dir="$machines/cp"
    --client-ca-file="$pki/ca.crt"
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true
    --service-account-issuer=https://kubernetes.default.svc.cluster.local
    --service-account-key-file="$pki/service-account.pub"
    --service-account-signing-key-file="$pki/service-account.key"
    # No --kubelet-certificate-authority: "kubectl logs" has to work on a self-signed kubelet as well.
    --kubelet-client-certificate="$pki/apiserver-kubelet-client.crt"
    --kubelet-client-key="$pki/apiserver-kubelet-client.key"
    --kubelet-preferred-address-types=InternalIP
    # Aggregated APIs: cp has routes to the pods but no kube-proxy, so it calls endpoints directly.
    --enable-aggregator-routing=true
    --proxy-client-cert-file="$pki/front-proxy-client.crt"
    --proxy-client-key-file="$pki/front-proxy-client.key"
    --requestheader-client-ca-file="$pki/front-proxy-ca.crt"
    --requestheader-allowed-names=front-proxy-client
    --requestheader-username-headers=X-Remote-User
    --requestheader-group-headers=X-Remote-Group
    --requestheader-extra-headers-prefix=X-Remote-Extra-
  )
  program_write cp kube-apiserver "$bin/kube-apiserver" "${args[@]}"

  local config=$pki/kube-controller-manager.kubeconfig
  args=(
    --kubeconfig="$config" --authentication-kubeconfig="$config" --authorization-kubeconfig="$config"
    --leader-elect=false --use-service-account-credentials
    --service-account-private-key-file="$pki/service-account.key" --root-ca-file="$pki/ca.crt"
    --cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key"
    --horizontal-pod-autoscaler-sync-period="$hpa_sync"
  )
  program_write cp kube-controller-manager "$bin/kube-controller-manager" "${args[@]}"
  program_write cp kube-scheduler "$bin/kube-scheduler" \
    --kubeconfig="$pki/kube-scheduler.kubeconfig" --leader-elect=false
}
