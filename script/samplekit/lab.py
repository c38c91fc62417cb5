# SPDX-License-Identifier: BSD-3-Clause
"""Makes one sample: the network, the applications' calls, the capture, and the checks of the result."""
import dataclasses
import os
import re
import socket
import time

from . import frames, kernel, network, relay

SERVER_PORT, MARKER_PORT = 80, 9
PAUSE = 0.1  # s: longer than a round trip and a delayed ACK together
MAXIMUM_FRAMES, MAXIMUM_OCTETS = 60, 10_000
# Only what happens at the servers' ports: the tracepoint sees all namespaces, and others would fill the trace.
EVENTS = (("sock/inet_sock_set_state", " || ".join(
    f"sport == {port} || dport == {port}" for port in frames.SERVER_PORTS)),)
MAXIMUM_LATENESS = 0.008  # s: a busy machine delays the relay; beyond this a sample is made again


class Wrong(Exception):
    """The sample does not show what it should."""


@dataclasses.dataclass
class Connection:
    """What a report must say of a connection. Paths are those of the kernel, and checked against it; where a capture
    shows something else (or nothing: None), `shown` has it by side."""
    client: str
    server: str
    handshake: str = "complete"
    verdicts: dict = dataclasses.field(default_factory=dict)
    require: tuple = ()
    allow: tuple = ()
    shown: dict = dataclasses.field(default_factory=dict)
    states: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Sample:
    name: str
    why: str
    act: object  # the applications' part, called with the Lab
    frames: str  # tokens (frames.py) with ( | ) and + as in a regular expression
    connections: list
    family: int = 4
    vlan: int = 0
    client_sysctls: dict = dataclasses.field(default_factory=dict)
    check: object = None  # called with the frames; what tokens cannot say


class Lab:
    """Two hosts, the relay and the mirror port, for one sample.

    The client's port must be another one each time: a socket may outlive its sample for a while, and the trace tells
    sockets by their ports.
    """

    def __init__(self, sample, trace, client_port):
        self.sample, self.trace, self.client_port = sample, trace, client_port
        self.sockets = []
        self.client = network.Host(1, sample.family, sample.client_sysctls)
        self.server = network.Host(2, sample.family, {})
        self.monitor = network.Monitor()
        self.relay = relay.Relay(self.client.wire, self.server.wire, self.monitor.wire, sample.vlan)
        self.watch = kernel.Watch([self.client, self.server])

    # What samples call.

    def keep(self, made):
        """Holds a socket until the capture has ended: no collector closes it before."""
        self.sockets.append(made)
        return made

    def listen(self, **options):
        return self.keep(self.server.listen(SERVER_PORT, **options))

    def dial(self):
        """A client's socket that is not connected yet."""
        return self.keep(self.client.socket(self.client_port))

    def connect(self, listener=None):
        """-> the sockets of both ends"""
        listener = listener or self.listen()
        near = self.dial()
        near.connect((self.server.address, SERVER_PORT))
        far = self.keep(listener.accept()[0])
        far.settimeout(network.TIMEOUT)
        self.pause()
        return near, far

    def exchange(self, near, far):
        """A question and its answer, and time for the last ACK."""
        near.sendall(b"What do both ends of this connection think of it?\n")
        self.receive(far)
        far.sendall(b"Look at the states.\n")
        self.receive(near)
        self.pause()

    @staticmethod
    def receive(end):
        if not end.recv(4096):
            raise Wrong("end of the stream where data was expected")

    @staticmethod
    def receive_end(end):
        while end.recv(4096):
            pass

    @staticmethod
    def pause(seconds=PAUSE):
        time.sleep(seconds)

    def close_in_turn(self, first, second):
        """first closes, then, some time after it has seen that, second."""
        first.close()
        self.receive_end(second)
        self.pause()
        second.close()
        self.pause()

    def marker(self):
        """A datagram that nobody answers: the capture's end is later than its last TCP segment."""
        self.keep(self.server.socket(MARKER_PORT, socket.SOCK_DGRAM))
        sender = self.keep(self.client.socket(MARKER_PORT, socket.SOCK_DGRAM))
        sender.sendto(b"end of the sample\n", (self.server.address, MARKER_PORT))
        self.relay.wait("udp")

    # The frame around it.

    def make(self, path):
        """Makes the capture at path; returns the kernel's paths: [(client, server), ...] in the sample's order."""
        self.trace.clear()
        with relay.urgent():
            self.monitor.start(path)
            self.relay.start()
            self.watch.start()
            self.sample.act(self)
            self.pause(2 * PAUSE)
            self.watch.stop()
            self.relay.stop()
            dropped = self.monitor.stop()
        if dropped:
            raise Wrong(f"tcpdump missed {dropped} frames")
        if self.relay.lateness > MAXIMUM_LATENESS:
            raise Wrong(f"the relay was {self.relay.lateness * 1000:.1f} ms late")
        self._check_capture(path)
        return self._check_paths(self.trace.events())

    def close(self):
        """Ends everything; works whatever has been started."""
        for thread in (self.watch, self.relay):
            thread.ending.set()
            if thread.is_alive():
                thread.join()
        for made in self.sockets:
            made.close()
        for host in (self.client, self.server):
            host.sysctl("net/ipv4/tcp_orphan_retries", 1)  # what still waits for its last ACK ends with its next timer
        for part in (self.monitor, self.client, self.server):
            part.close()

    def _check_capture(self, path):
        found = frames.read(path)
        tokens = "".join(frame.token + " " for frame in found)
        if not re.fullmatch(expression(self.sample.frames), tokens):
            raise Wrong("frames: " + tokens)
        if self.sample.check and not self.sample.check(found):
            raise Wrong("the sample's own check failed")
        if any(not frame.checksums_right for frame in found):
            raise Wrong("a checksum is wrong")
        if any(frame.vlan != self.sample.vlan for frame in found):
            raise Wrong("a VLAN tag is wrong")
        if len(found) > MAXIMUM_FRAMES or os.path.getsize(path) > MAXIMUM_OCTETS:
            raise Wrong("too large")

    def _check_paths(self, events):
        result, ports = [], (self.client_port, SERVER_PORT)
        for number, connection in enumerate(self.sample.connections):
            pair = []
            for host, own, wanted in ((self.client, ports, connection.client),
                                      (self.server, ports[::-1], connection.server)):
                found = kernel.paths(events, self.watch, host.address, own)
                path = found[number] if number < len(found) else []
                if path != wanted.split():
                    raise Wrong(f"the kernel's path at {host.address} was {' '.join(path)}")
                pair.append(path)
            result.append(tuple(pair))
        return result


def expression(tokens):
    """The regular expression that matches a sample's tokens, a blank after each."""
    parts = []
    for token in tokens.split():
        if token in ("(", ")", "|", ")+"):
            parts.append(token)
        else:
            repeated = token.endswith("+")
            parts.append(f"({re.escape(token.rstrip('+'))} )" + ("+" if repeated else ""))
    return "".join(parts)
