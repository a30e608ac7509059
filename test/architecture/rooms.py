"""Who may include whom. A folder that is not here does not exist yet: add its row with it.

Includes go downward only. operator and collector never meet; kube knows neither of them.
"""

KUBE_PURE = ["kube/base", "kube/objects", "kube/telemetry", "kube/x509", "kube/tls", "kube/http", "kube/machinery"]
KUBE = KUBE_PURE + ["kube/auth", "kube/net", "kube/client", "kube/apiserver"]

MAY_INCLUDE = {
    "kube/base": [],
    "kube/telemetry": ["kube/base"],
    "kube/x509": ["kube/base"],
    "kube/tls": ["kube/base"],
    "kube/objects": ["kube/base"],
    "kube/http": ["kube/base", "kube/objects"],
    "kube/machinery": ["kube/base", "kube/objects"],
    "kube/auth": ["kube/base", "kube/objects", "kube/http", "kube/x509"],
    "kube/net": ["kube/base", "kube/http", "kube/telemetry", "kube/tls", "kube/x509"],
    "kube/client": KUBE_PURE + ["kube/net"],
    "kube/apiserver": KUBE_PURE + ["kube/auth", "kube/net", "kube/client"],

    "collector/config": ["kube/base", "kube/objects", "kube/x509"],
    "collector/store": ["kube/base"],
    "collector/parse": ["kube/base", "collector/store"],
    "collector/discovery": ["kube/base", "kube/objects", "collector/config"],
    "collector/trust": ["kube/base", "kube/x509"],
    "collector/handlers": KUBE_PURE + ["collector/store"],
    "collector/scraper": KUBE + ["collector/config", "collector/store", "collector/parse",
                                 "collector/discovery", "collector/trust"],
    "collector/app": KUBE + ["collector/config", "collector/store", "collector/parse",
                             "collector/discovery", "collector/trust", "collector/handlers",
                             "collector/scraper"],

    "operator/pipeline": ["kube/base", "kube/objects"],
    "operator/certs": ["kube/base", "kube/objects", "kube/x509"],
    "operator/plan": ["kube/base", "kube/objects", "operator/pipeline", "operator/certs"],
    "operator/diagnosis": ["kube/base", "kube/objects", "kube/x509", "operator/pipeline",
                           "operator/plan"],
    "operator/migration": ["kube/base", "kube/objects", "operator/pipeline", "operator/plan"],
    "operator/controller": KUBE + ["operator/pipeline", "operator/certs", "operator/plan"],
    "operator/app": KUBE + ["operator/pipeline", "operator/certs", "operator/plan",
                            "operator/diagnosis", "operator/migration", "operator/controller"],
}

# Simulators and measurements. The product never includes them.
MAY_INCLUDE |= {
    "bench/workload": ["kube/base"],
    "bench/serving": ["kube/base"],
    "bench/kubelets": ["kube/base", "kube/http", "kube/x509", "bench/workload", "bench/serving"],
    "bench/apiserver": ["kube/base", "kube/objects", "kube/http", "bench/workload", "bench/serving"],
    "bench/load": [],
    "bench/micro": KUBE_PURE + ["collector/store", "collector/parse", "collector/handlers",
                                "bench/workload"],
    "bench/yardsticks": KUBE_PURE + ["collector/store", "collector/parse", "collector/handlers",
                                     "bench/workload", "bench/micro",
                                     # What scraping holds and costs is measured with the real one.
                                     "kube/net", "kube/client", "collector/discovery",
                                     "collector/trust", "collector/scraper"],
}

# A program's main.cc stands in its side's top folder and starts the app.
MAY_INCLUDE["collector"] = ["collector/app"]
MAY_INCLUDE["operator"] = ["operator/app"]

# What a pure folder must not see: sockets, threads, timers, the wall clock.
IMPURE_INCLUDES = ["boost/asio", "boost/beast", "openssl/ssl.h", "sys/socket.h", "netinet/",
                   "arpa/inet.h", "unistd.h", "thread", "mutex", "shared_mutex",
                   "condition_variable", "future"]

# Shared values have to be guarded somewhere: these files are that somewhere.
MAY_LOCK = {
    "kube/base/snapshot.h": ["mutex"],
    "kube/machinery/object_store.h": ["mutex", "shared_mutex"],
    "collector/store/metric_store.cc": ["mutex", "shared_mutex"],
    "kube/telemetry/metrics.cc": ["mutex"],
}

MAX_LINES = 500
