# SPDX-License-Identifier: BSD-3-Clause
"""What the kernel says of its own sockets while a sample is made.

Transitions come from the tracepoint sock:inet_sock_set_state. TIME_WAIT does not show there: the socket goes from
FIN_WAIT_2 (or CLOSING) to CLOSED at once and a small record takes over, which stands for FIN_WAIT_2 or for TIME_WAIT.
Which of them, and until when, /proc/net/tcp tells; it is read all the time by a thread.
"""
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


class Trace:
    """A tracefs instance of its own, so that nobody else's tracing is touched."""

    def __init__(self, root):
        self.directory = f"{root}/instances/finwait-samples-{os.getpid()}"
        os.mkdir(self.directory)
        try:
            self._write("trace_clock", "mono")
            self._write("buffer_size_kb", "256")
            self._write("events/sock/inet_sock_set_state/enable", "1")
        except OSError:
            self.close()
            raise

    def _write(self, name, value):
        with open(f"{self.directory}/{name}", "w", encoding="ascii") as file:
            file.write(value)

    def clear(self):
        self._write("trace", "")

    def events(self):
        with open(self.directory + "/trace", encoding="utf-8", errors="replace") as file:
            text = file.read()
        if "LOST" in text:
            raise RuntimeError("the trace lost events")
        return [self._event(match) for match in map(EVENT.search, text.splitlines()) if match]

    @staticmethod
    def _event(match):
        field = dict(FIELD.findall(match[2]))
        address = field["saddrv6"] if field["family"] == "AF_INET6" else field["saddr"]
        return Event(float(match[1]), address, (int(field["sport"]), int(field["dport"])),
                     NAMES[field["oldstate"]], NAMES[field["newstate"]])

    def close(self):
        os.rmdir(self.directory)


class Watch(threading.Thread):
    """Notes what /proc/net/tcp of some hosts shows of FIN_WAIT_2 and TIME_WAIT, every 25 ms."""

    def __init__(self, hosts):
        super().__init__(daemon=True)
        self.tables = [(host.address, host.socket_table()) for host in hosts]
        self.seen = []  # (time, address, ports, state)
        self.last = 0.0
        self.ending = threading.Event()

    def run(self):
        while not self.ending.wait(0.025):
            self._look()

    def _look(self):
        now = time.monotonic()
        for address, table in self.tables:
            table.seek(0)
            for line in table.read().decode().splitlines()[1:]:
                _, own, other, state, *_ = line.split()
                if int(state, 16) in TABLE:
                    ports = int(own.split(":")[1], 16), int(other.split(":")[1], 16)
                    self.seen.append((now, address, ports, TABLE[int(state, 16)]))
        self.last = now

    def stop(self):
        self.ending.set()
        self.join()
        self._look()
        for _, table in self.tables:
            table.close()

    def states(self, address, ports, begin, end):
        """-> the states seen in that time, and whether a record was still there at its end"""
        found = [(when, state) for when, where, pair, state in self.seen
                 if where == address and pair == ports and begin <= when <= end]
        if not found:
            return [], False
        return [state for _, state in found], found[-1][0] == self.last


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
