"""The recommender of the vertical pod autoscaler reads us for $VPA_MINUTES (5), and loses no sample.

It was started beside test_2_clients.py (conftest.py, `recommender`): what is left of its time is waited for here.
Meanwhile pods were scaled, our serving certificate's authority was renewed, and others looked on (test_3_*.py).
"""
import os
import time

import kube
import recommender as vpa

MINUTES = float(os.environ.get("VPA_MINUTES", "5"))


def test_no_sample_is_dropped(recommender):
    time.sleep(max(0, MINUTES * 60 - recommender.seconds()))
    rounds = recommender.rounds()
    print(f"\n{recommender.seconds():.0f} s, samples (taken, dropped) of each reading: {rounds}")

    assert recommender.process.poll() is None, vpa.LOG.read_text()[-2000:]
    assert not recommender.faults(), recommender.faults()[:5]
    assert len(rounds) >= MINUTES * 60 / vpa.INTERVAL_SECONDS - 1, rounds
    # CPU and memory of one container in each of two pods.
    assert set(rounds) == {(4, 0)}, rounds


def test_what_it_recommends_is_what_the_pods_use(recommender):
    found = kube.wait_for("a recommendation", recommender.recommendation, 60)
    cpu = kube.cpu_nanocores(found["target"]["cpu"])
    # Both burn 60m. Its histogram's buckets are 5 % wider each, and 15 % are added as a margin.
    assert 50e6 <= cpu <= 60e6 * 1.15 * 1.2, found
    assert 2**20 <= kube.memory_bytes(found["target"]["memory"]) <= 64 * 2**20, found
