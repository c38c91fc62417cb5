# SPDX-License-Identifier: BSD-3-Clause
"""The wire in bad weather: a relay that loses, delays and doubles frames at random, on either side of the middle."""
import dataclasses
import time

from . import frames, relay

LATE = (0.001, 0.040)  # s: how long a delayed frame, or the second copy of a doubled one, takes longer
HELD_UP = 0.1  # s: what the machine, not the weather, holds up for longer says nothing about the network
UDP = 17


@dataclasses.dataclass
class Weather:
    """Probabilities that something happens to a frame between the two hosts."""
    loss: float = 0.0
    reorder: float = 0.0
    duplicate: float = 0.0

    def leg(self):
        """The probabilities for one of two legs, that both together give these."""
        return Weather(*(1 - (1 - whole) ** 0.5 for whole in dataclasses.astuple(self)))


class RoughRelay(relay.Relay):
    """What a capture in the middle holds is what came through the first leg. The marker always passes."""

    def __init__(self, client, server, monitor, weather, random, delay, header=0):
        """header: octets in front of each frame that are not on the wire"""
        super().__init__(client, server, monitor)
        self.weather, self.random, self.delay, self.header = weather.leg(), random, delay, header
        self.disturbed = set()  # the ports, in both orders, of connections of which frames were held up

    def _held(self, octets, seconds):
        frame = frames.parse(octets[self.header:], whole=False) if seconds > HELD_UP else None
        if frame:
            self.disturbed.update((frame.ports, frame.ports[::-1]))

    def _arrive(self, now, octets, target):
        self._leg(now, self._middle, octets, target)

    def _middle(self, due, octets, target):
        self._write(self.mirror, octets)
        # The second leg begins now, not when it was due: what the machine delays must not come out of order.
        self._leg(max(due, time.monotonic()), self._deliver, octets, target)
        if is_marker(octets[self.header:]):
            with self.changed:
                self.passed.append("udp")
                self.changed.notify_all()

    def _leg(self, now, act, octets, target):
        if is_marker(octets[self.header:]):
            self._later(now + self.delay, act, octets, target)
            return
        if self.random.random() < self.weather.loss:
            return
        due = now + self.delay
        if self.random.random() < self.weather.reorder:
            due += self.random.uniform(*LATE)
        self._later(due, act, octets, target)
        if self.random.random() < self.weather.duplicate:
            self._later(due + self.random.uniform(*LATE), act, octets, target)


def is_marker(octets):
    """True for UDP, in IPv4 or IPv6 without extension headers."""
    return octets[23 if octets[12:14] == b"\x08\x00" else 20] == UDP
