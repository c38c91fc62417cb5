# SPDX-License-Identifier: BSD-3-Clause
"""The wire between the two hosts: a relay with a mirror port half way.

    client --(LEG)--> middle --(LEG)--> server        and back

Every TCP frame is copied to the mirror port in the middle. Rules decide there what becomes of it.
"""
import contextlib
import dataclasses
import errno
import heapq
import os
import select
import threading
import time

from . import frames

LEG = 0.010  # s from a host to the middle
LARGEST = 1 << 17  # octets: no frame is larger, offloaded or not

LOSE = "lose"  # mirrored, then lost: the other host never gets it
LOSE_BEFORE = "lose-before"  # lost before the mirror port
HIDE = "hide"  # delivered, but missing from the capture


def _schedule(policy, priority):
    with contextlib.suppress(OSError):  # works without, only less evenly
        os.sched_setscheduler(threading.get_native_id(), policy, os.sched_param(priority))


@contextlib.contextmanager
def urgent():
    """This thread, and what it starts meanwhile, come before the usual work of the machine: otherwise the relay waits
    for the interpreter's lock as long as whoever holds it waits for a processor."""
    _schedule(os.SCHED_RR, 1)
    try:
        yield
    finally:
        _schedule(os.SCHED_OTHER, 0)


@dataclasses.dataclass
class Rule:
    fate: str
    token: str
    after: str  # acts once such a frame has reached the middle; "" = at once
    times: int
    armed: bool


class Relay(threading.Thread):
    """Runs from start() to stop(). Carries TCP, and UDP (the marker); nothing else passes."""

    def __init__(self, client, server, monitor, vlan=0):
        super().__init__(daemon=True)
        self.ends = {client: server, server: client}  # descriptors: where a frame comes from, where it goes
        self.mirror = monitor
        self.vlan = vlan
        self.rules = []
        self.queue = []
        self.count = 0
        self.passed = []  # tokens of all that reached the middle
        self.lateness = 0.0  # worst delay beyond the intended one (s)
        self.empty = time.monotonic()  # when no frame was waiting at either end
        self.error = None
        self.ending = threading.Event()
        self.changed = threading.Condition()

    def rule(self, fate, token, after="", times=1):
        self.rules.append(Rule(fate, token, after, times, not after))

    def wait(self, token, number=1, timeout=15.0):
        """Waits until that many frames with this token have reached the middle."""
        with self.changed:
            if not self.changed.wait_for(lambda: self.passed.count(token) >= number, timeout):
                raise TimeoutError(f"no {token} number {number}")

    def stop(self):
        self.ending.set()
        self.join()
        if self.error:
            raise self.error

    def run(self):
        _schedule(os.SCHED_FIFO, 2)
        try:
            while not self.ending.is_set():
                self._turn()
        except Exception as error:  # pylint: disable=broad-except
            self.error = error

    def _turn(self):
        pause = 0.05
        if self.queue:
            pause = min(pause, max(0.0, self.queue[0][0] - time.monotonic()))
        readable, _, _ = select.select(list(self.ends), [], [], 0)
        if not readable:
            self.empty = time.monotonic()
            readable, _, _ = select.select(list(self.ends), [], [], pause)
        for end in readable:
            octets, now = os.read(end, LARGEST), time.monotonic()
            self._held(octets, now - self.empty)
            self._arrive(now, octets, self.ends[end])
        while self.queue and self.queue[0][0] <= time.monotonic():
            due, _, act, octets, target = heapq.heappop(self.queue)
            late = time.monotonic() - due
            self.lateness = max(self.lateness, late)
            self._held(octets, late)
            act(due, octets, target)

    def _held(self, octets, seconds):
        """A frame may have been held up for so long, where less than the longest pause is nothing."""

    def _arrive(self, now, octets, target):
        self._later(now + LEG, self._middle, octets, target)

    def _later(self, due, act, octets, target):
        self.count += 1
        heapq.heappush(self.queue, (due, self.count, act, octets, target))

    def _middle(self, due, octets, target):
        frame = frames.parse(octets)
        if frame is None:
            return
        fate = self._fate(frame.token)
        if fate not in (LOSE_BEFORE, HIDE):
            self._write(self.mirror, frames.tag(octets, self.vlan) if self.vlan else octets)
        if fate not in (LOSE_BEFORE, LOSE):
            self._later(due + LEG, self._deliver, octets, target)
        with self.changed:
            self.passed.append(frame.token)
            self.changed.notify_all()

    def _fate(self, token):
        fate = ""
        for rule in self.rules:
            if rule.armed and rule.times and rule.token == token and not fate:
                rule.times -= 1
                fate = rule.fate
            rule.armed = rule.armed or rule.after == token
        return fate

    def _deliver(self, _due, octets, target):
        self._write(target, octets)

    @staticmethod
    def _write(descriptor, octets):
        try:
            os.write(descriptor, octets)
        except OSError as error:
            if error.errno != errno.EIO:  # the device is down already
                raise
