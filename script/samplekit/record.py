# SPDX-License-Identifier: BSD-3-Clause
"""The kernel's record of many connections at once: each side's steps through RFC 9293's states, with their times.

Steps come from the tracepoint sock:inet_sock_set_state, with two amendments. TIME_WAIT is not seen there (see
kernel.py): the small record that takes over has a timer, started by the same task just before the socket closes.
60 s is TIME_WAIT, the tcp_fin_timeout (FIN_TIMEOUT here) is FIN_WAIT_2, and a timer set to 60 s later is the step from
one to the other. SYN_RECEIVED of a passive open is seen only when its ACK comes: it is dated from the wire.
"""
import collections
import dataclasses
import re
import time

from . import kernel

TIMER = "tw_timer_handler"
EVENTS = (("sock/inet_sock_set_state", None), ("timer/timer_start", "function.function == " + TIMER),
          ("timer/timer_expire_entry", "function.function == " + TIMER))
FIN_TIMEOUT = 50  # s; not 60, which is TIME_WAIT
CLOCK_MONOTONIC_COARSE = 6  # its resolution is the kernel's tick
TICKS_PER_SECOND = round(1 / time.clock_getres(CLOCK_MONOTONIC_COARSE))
TOGETHER = 0.0005  # s between the start of a timer and the end of the socket that it replaces
LINE = re.compile(r"(\S+)\s+\[(\d+)\]\s+\S+\s+(\d+\.\d+): (\w+): (.*)$")


@dataclasses.dataclass
class Step:
    time: float  # as the captures' times, s
    old: str
    new: str
    exact: bool = True  # False: the time is that of the look at the table that no longer found it
    since: float = 0.0  # not exact: the time before which it cannot have been


BEGINNINGS = "CLOSED", "SYN_RECEIVED"  # the states that the first event of a side leaves


@dataclasses.dataclass
class _Timer:
    identity: str
    time: float
    time_wait: bool
    task: str  # in which it was started


def wall_offset():
    """CLOCK_REALTIME - CLOCK_MONOTONIC in seconds: the best of some readings."""
    found = []
    for _ in range(20):
        before, wall, after = time.monotonic(), time.time(), time.monotonic()
        found.append((after - before, wall - (before + after) / 2))
    return min(found)[1]


class Record:
    """sides: {(address, (own port, other port)): [Step, ...]}"""

    def __init__(self, lines, addresses, watch, offset):
        self.sides = collections.defaultdict(list)
        self.addresses, self.watch, self.offset = addresses, watch, offset
        self.owners = {}  # timer: side
        self.ahead = {}  # timer: when it was started for TIME_WAIT by a FIN, its owner not known by then
        self.small = set()  # sides of which a small record is left
        self.unclear = set()  # sides of which the record does not tell whether they held TIME_WAIT
        self.started = {}  # processor: the timer that it started last
        for match in map(LINE.search, lines):
            if match:
                self._line(match[1], match[2], float(match[3]), match[4], dict(kernel.FIELD.findall(match[5])))
        for timer in self.started.values():
            self._restart(timer)
        for side in self.small:
            self._end(side)

    def _line(self, task, processor, when, event, field):  # pylint: disable=too-many-arguments
        if field.get("protocol", "IPPROTO_TCP") != "IPPROTO_TCP":
            return  # the socket of Multipath TCP, above those of TCP
        pending = self.started.pop(processor, None)
        if event == "inet_sock_set_state":
            if not self._state(when, field, pending if pending and pending.task == task else None):
                self._restart(pending)
            return
        self._restart(pending)
        if event == "timer_start":
            ticks = int(field["timeout"].rstrip("]"))
            self.started[processor] = _Timer(field["timer"], when, ticks >= 59 * TICKS_PER_SECOND, task)
        else:
            self.ahead.pop(field["timer"], None)
            if field["timer"] in self.owners:
                side = self.owners.pop(field["timer"])
                self.small.discard(side)
                self._add(side, when, self.sides[side][-1].new, "CLOSED")

    def _state(self, when, field, pending):
        """-> whether the timer that the processor has just started belongs to this event"""
        address = field["saddrv6"] if field["family"] == "AF_INET6" else field["saddr"]
        side = address, (int(field["sport"]), int(field["dport"]))
        old, new = kernel.NAMES[field["oldstate"]], kernel.NAMES[field["newstate"]]
        if old == new or "LISTEN" in (old, new) or not side[1][1]:
            return False
        replaced = pending and new == "CLOSED" and old in ("FIN_WAIT_2", "CLOSING")
        in_time = replaced and when - pending.time < TOGETHER
        if address not in self.addresses or not self.sides[side] and old not in BEGINNINGS:
            if in_time:
                self.owners.pop(pending.identity, None)  # what had that memory before has ended
            return in_time  # somebody else's, or begun before this record
        if old == "SYN_RECEIVED" and not self.sides[side]:
            self._add(side, when, "LISTEN", "SYN_RECEIVED")
        if not in_time:
            if replaced and not self._is_anothers(pending):
                # A timer of its own, if the processor was held up just then.
                self.unclear.update({side, self.owners.get(pending.identity, side)})
            self._add(side, when, old, new)
            return False
        self._take_over(side, when, old, pending)
        return True

    def _is_anothers(self, timer):
        """Whether it is that of a small record that was still there afterwards, and had not given its memory."""
        found = self.watch.seen.get(self.owners.get(timer.identity), ())
        return any(when > timer.time for when, _ in found)

    def _take_over(self, side, when, old, timer):
        """A small record takes the socket's place. The FIN may have found it already, on another processor."""
        self.owners[timer.identity] = side  # an earlier one had the same memory, and has ended
        self.small.add(side)
        fin = self.ahead.pop(timer.identity, 0.0)
        if timer.time_wait:
            self._add(side, when, old, "TIME_WAIT")
        elif fin > timer.time:
            self._add(side, fin, old, "TIME_WAIT")

    def _restart(self, timer):
        """A timer that took no socket's place was running already: a FIN in FIN_WAIT_2, or one again in TIME_WAIT."""
        if not timer or not timer.time_wait:
            return
        side = self.owners.get(timer.identity)
        if side and self.sides[side][-1].new == "FIN_WAIT_2":
            self._add(side, timer.time, "FIN_WAIT_2", "TIME_WAIT")
        else:
            self.ahead[timer.identity] = timer.time

    def _end(self, side):
        """A small record that a RST ended leaves no event: it is missing in the table."""
        found = self.watch.seen.get(side, ())
        last = max([self.sides[side][-1].time - self.offset] + [when for when, _ in found])
        gone = next((end for begin, end in self.watch.looks if begin > last), None)
        if gone:
            self.sides[side].append(Step(gone + self.offset, self.sides[side][-1].new, "CLOSED", False,
                                         last + self.offset))

    def _add(self, side, when, old, new):
        self.sides[side].append(Step(when + self.offset, old, new))

    def date_openings(self, address, synacks):
        """synacks: {(own port, other port): time of the first SYN/ACK that left}"""
        for ports, when in synacks.items():
            steps = self.sides[address, ports]
            if not steps:
                steps.append(Step(when, "LISTEN", "SYN_RECEIVED"))
            elif steps[0].old == "LISTEN":
                steps[0].time = when
