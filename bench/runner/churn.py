# SPDX-License-Identifier: Apache-2.0
"""What it costs when pods come and go, and how soon the new ones are served."""
import time

from .processes import wait_until
from .servers import API

STEPS = 10  # a cluster does not change all at once


def names(items):
    return {item["metadata"]["name"] for item in items or ()}


def churn_figures(server, kubelets, count, resolution):
    """`count` pods make room for others within one cycle, in the API and on their kubelets."""
    before, gone, born = server.process.usage(), set(), set()
    for step in range(STEPS):
        changes = kubelets.replace(count * (step + 1) // STEPS - count * step // STEPS)
        server.plane.replace(changes)
        gone |= {change["gone"] for change in changes}
        born |= {change["born"]["metadata"]["name"] for change in changes}
        time.sleep(resolution / STEPS)
    after, ended = server.process.usage(), time.monotonic()

    def settled():
        served = names(server.items(f"{API}/pods"))
        return born - gone <= served and not gone & served

    wait_until("the new pods", settled, 4 * resolution, 0.5, server.process)
    return {"churnCycleCpuMs": after.cpu_ms - before.cpu_ms,
            "churnSettledS": time.monotonic() - ended}
