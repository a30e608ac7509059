"""A client of an API server that keeps its connection, as client-go does. Standard library only: it runs in nodes."""
import http.client
import ssl

DEADLINE_SECONDS = 15


class Client:
    """One connection to one server, made anew when it is lost."""

    def __init__(self, address, admin):
        self.host, self.port = address.rsplit(":", 1)
        self.context = ssl.create_default_context()
        # Who answers is known from the address; trust in certificates has tests of its own.
        self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE
        self.context.load_cert_chain(admin)
        self.connection = None

    def get(self, path, accept=None):
        """(status, body). A kept connection may be closed by the other side just as we ask: once more, then."""
        for fresh in (self.connection is None, True):
            if self.connection is None:
                self.connection = http.client.HTTPSConnection(self.host, int(self.port), context=self.context,
                                                              timeout=DEADLINE_SECONDS)
            try:
                self.connection.request("GET", path, headers={"Accept": accept} if accept else {})
                answer = self.connection.getresponse()
                return answer.status, answer.read()
            except (OSError, http.client.HTTPException) as fault:
                self.connection.close()
                self.connection = None
                # Closed without a byte of an answer: RFC 9110, 9.2.2 lets a client ask again.
                lost = isinstance(fault, (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError))
                if fresh or not lost:
                    raise
        raise AssertionError("unreachable")
