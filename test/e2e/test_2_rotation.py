"""The serving certificate and its authority are renewed under load, without one failed request."""
import kube


def test_no_request_fails_while_the_authority_is_renewed(rotating):
    successor = rotating.wait()
    watcher = rotating.watcher
    watcher.stop()

    print(f"\n{watcher.asked} requests while {rotating.original} and {rotating.aged} gave way to {successor}")
    assert watcher.asked > 100
    assert not watcher.failures, watcher.failures
    assert kube.is_true("CertificatesValid")
