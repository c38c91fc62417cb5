# SPDX-License-Identifier: BSD-3-Clause
"""What the kernel says of its own sockets.

Transitions come from the tracepoint sock:inet_sock_set_state. TIME_WAIT does not show there: the socket goes from
FIN_WAIT_2 (or CLOSING) to CLOSED at once and a small record takes over, which stands for FIN_WAIT_2 or for TIME_WAIT.
Which of them, and until when, /proc/net/tcp tells; it is read all the time by a thread.
"""
import collections
import dataclasses
import os
import re
import threading
import time

NAMES = {"TCP_ESTABLISHED": "ESTABLISHED", "TCP_SYN_SENT": "SYN_SENT", "TCP_SYN_RECV": "SYN_RECEIVED",
         "TCP_FIN_WAIT1": "FIN_WAIT_1", "TCP_FIN_WAIT2": "FIN_WAIT_2", "TCP_CLOSE": "CLOSED",
         "TCP_CLOSE_WAIT": "CLOSE_WAIT", "TCP_LAST_ACK": "LAST_ACK", "TCP_LISTEN": "LISTEN", "TCP_CLOSING": "CLOSING"}
TABLE = {5: "FIN_WAIT_2", 6: "TIME_WAIT"}  # the states of the small record, as /proc/net/tcp has them
EVENT = re.compile(r"\s(\d+\.\d+): inet_sock_set_state: (.*)$")
FIELD = re.compile(r"(\w+)=(\S+)")


@dataclasses.dataclass
class Event:
    time: float  # CLOCK_MONOTONIC, s
    address: str
    ports: tuple  # own, other
    old: str
    new: str


class Lost(RuntimeError):
    """More happened on this machine than the trace could hold."""


class Trace:
    """A tracefs instance of its own, so that nobody else's tracing is touched."""

    def __init__(self, root, kilobytes=256, events=(("sock/inet_sock_set_state", None),)):
        """events: names with a filter each, or None; the buffer's size is that of each processor."""
        self.directory = f"{root}/instances/finwait-{os.getpid()}"
        os.mkdir(self.directory)
        try:
            self._write("trace_clock", "mono")
            self._write("buffer_size_kb", str(kilobytes))
            for name, wanted in events:
                if wanted:
                    self._write(f"events/{name}/filter", wanted)
                self._write(f"events/{name}/enable", "1")
        except OSError:
            self.close()
            raise

    def _write(self, name, value):
        with open(f"{self.directory}/{name}", "w", encoding="ascii") as file:
            file.write(value)

    def clear(self):
        self._write("trace", "")

    def lines(self):
        with open(self.directory + "/trace", encoding="utf-8", errors="replace") as file:
            text = file.read()
        if "LOST" in text or self._overrun():
            raise Lost("the trace lost events")
        return text.splitlines()

    def _overrun(self):
        lost = 0
        for name in os.listdir(self.directory + "/per_cpu"):
            with open(f"{self.directory}/per_cpu/{name}/stats", encoding="ascii") as file:
                lost += sum(int(line.split(":")[1]) for line in file if line.startswith(("overrun", "dropped events")))
        return lost

    def events(self):
        return [self._event(match) for match in map(EVENT.search, self.lines()) if match]

    @staticmethod
    def _event(match):
        field = dict(FIELD.findall(match[2]))
        address = field["saddrv6"] if field["family"] == "AF_INET6" else field["saddr"]
        return Event(float(match[1]), address, (int(field["sport"]), int(field["dport"])),
                     NAMES[field["oldstate"]], NAMES[field["newstate"]])

    def close(self):
        os.rmdir(self.directory)


class Watch(threading.Thread):
    """Notes what /proc/net/tcp of some hosts shows of FIN_WAIT_2 and TIME_WAIT, every 25 ms unless told."""

    def __init__(self, hosts, interval=0.025):
        super().__init__(daemon=True)
        self.interval = interval  # s
        self.tables = [(host.address, host.socket_table()) for host in hosts]
        self.seen = collections.defaultdict(list)  # (address, ports): [(a look's begin, state), ...]
        self.looks = []  # [(begin, end), ...] of each reading of all tables, which may be held up
        self.ending = threading.Event()

    def run(self):
        while not self.ending.wait(self.interval):
            self._look()

    def _look(self):
        now = time.monotonic()
        for address, table in self.tables:
            table.seek(0)
            for line in table.read().decode().splitlines()[1:]:
                _, own, other, state, *_ = line.split()
                if int(state, 16) in TABLE:
                    ports = int(own.split(":")[1], 16), int(other.split(":")[1], 16)
                    self.seen[address, ports].append((now, TABLE[int(state, 16)]))
        self.looks.append((now, time.monotonic()))

    def stop(self):
        self.ending.set()
        self.join()
        self._look()
        for _, table in self.tables:
            table.close()

    def states(self, address, ports, begin, end):
        """-> the states seen in that time, and whether a record was still there at its end"""
        found = [(when, state) for when, state in self.seen[address, ports] if begin <= when <= end]
        if not found:
            return [], False
        return [state for _, state in found], found[-1][0] == self.looks[-1][0]


def paths(events, watch, address, ports):
    """The paths of one side through RFC 9293's states, one for each incarnation of the tuple."""
    own = [event for event in events if event.address == address and event.ports == ports and event.old != event.new]
    begins = [index for index, event in enumerate(own) if event.new == "SYN_SENT" or event.old == "LISTEN"]
    result = []
    for begin, following in zip(begins, begins[1:] + [len(own)]):
        part = own[begin:following]
        end = own[following].time if following < len(own) else float("inf")
        result.append(_path(part, watch, address, ports, end))
    return result


def _path(part, watch, address, ports, end):
    path = [part[0].old] + [event.new for event in part]
    if path[-2:] not in (["FIN_WAIT_2", "CLOSED"], ["CLOSING", "CLOSED"]):
        return path
    states, there = watch.states(address, ports, part[-1].time, end)
    path.pop()
    if "TIME_WAIT" in states:
        path.append("TIME_WAIT")
    if not there:
        path.append("CLOSED")
    return path
