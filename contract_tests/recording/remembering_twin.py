"""A service's twin that knows what it said last, and in what of that the gateway differs."""

from collections.abc import Callable

import requests

from contract_tests.hops.parity import Mismatch, ObservedResponse, Twin
from contract_tests.hops.volatile_places import VolatilePlaces
from contract_tests.recording.failures import sent as recorded_request
from contract_tests.recording.failures import to_send


class RememberingTwin(Twin):
    """A twin that knows what it said last; `volatile` tells what its service never says twice.

    `asked_again` is called once the gateway was asked for that as well.
    """

    said: ObservedResponse | None = None
    differing: list[Mismatch] = []  # noqa: RUF012 -- replaced, and never changed
    volatile: VolatilePlaces | None = None
    asked_again: Callable[[], None] = staticmethod(lambda: None)

    def ask(self, sent: requests.PreparedRequest) -> ObservedResponse:
        """Send the bytes that were sent to the gateway."""
        self.said = super().ask(sent)
        return self.said

    def unlike(
        self, sent: requests.PreparedRequest, gateway: ObservedResponse, said: ObservedResponse
    ) -> list[Mismatch]:
        """Return in what the gateway's answer differs by its own doing."""
        self.differing = self._drifting(sent, gateway, said)
        return self.differing

    def _drifting(
        self, sent: requests.PreparedRequest, gateway: ObservedResponse, said: ObservedResponse
    ) -> list[Mismatch]:
        if self.volatile is None:
            return super().unlike(sent, gateway, said)
        self.promises = self.volatile.promises
        found = super().unlike(sent, gateway, said)
        if not found:
            return found
        request = to_send(recorded_request(sent, self.gateway))
        kept = list(self.volatile.sorted_out(request, gateway, said, found))
        self.asked_again()
        return kept
