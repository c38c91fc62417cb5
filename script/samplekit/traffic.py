# SPDX-License-Identifier: BSD-3-Clause
"""Random applications: each end of each connection has a short program, made from the seed before anything runs."""
import contextlib
import dataclasses
import socket
import struct
import threading
import time

from . import stacks

SIZES = {1: 4, 20: 5, 300: 5, 1448: 3, 4000: 3, 12000: 1}  # octets: weight
ENDINGS = {"close": 30, "drain-close": 35, "shutdown-drain-close": 20, "shutdown-close": 3, "abort": 8, "stay": 4}
UNUSUAL_ENDINGS = {**ENDINGS, "shutdown-abort": 3, "linger": 3}
IN_HASTE = 0.15  # of the ends close while their octets may still be on their way
REFUSED = 0.03  # of the connections go to a port where nobody listens
SMALL_BUFFER = 0.04  # of the ends have a receive buffer that fills
SMALL_BUFFER_OCTETS = 2304
UNUSUAL = 0.1  # of the ends send urgent data, or stop reading
FAST = 0.5  # of the connections open fast, where the hosts do
SMALL_LOT = 20  # octets
PATIENCE = 8.0  # s: no call waits longer


class Over(Exception):
    """The round's time is over: sockets stay as they are."""


@dataclasses.dataclass
class Plan:
    number: int
    begin: float  # s after the round's begin
    refused: bool
    client: list  # [(operation, argument), ...]
    server: list
    small_buffer: bool
    fast: bool
    client_options: list  # [(level, name, value), ...]
    server_options: list


def program(random, kind):
    operations = []
    for _ in range(random.choice((0, 1, 1, 2, 3))):
        size, = random.choices(list(SIZES), SIZES.values())
        operations.append(random.choice((("send", size), ("send", size), ("receive", random.uniform(0.05, 0.6)),
                                         ("wait", random.expovariate(8)))))
    if kind.unusual and random.random() < UNUSUAL:
        operations.append(random.choice((("urgent", SMALL_LOT), ("deafen", None))))
    if random.random() > IN_HASTE:
        operations += [("wait", random.uniform(0.1, 0.4)), ("receive", 0.01)]
    endings = UNUSUAL_ENDINGS if kind.unusual else ENDINGS
    ending, = random.choices(list(endings), endings.values())
    for part in ending.split("-"):
        operations.append((part, random.uniform(1.0, PATIENCE) if part == "drain" else None))
        if random.random() < 0.3:
            operations.append(("wait", random.expovariate(6)))
    return operations


def plans(random, count, seconds, kind):
    """-> plans of connections that begin within so many seconds"""
    return [Plan(number, random.uniform(0, seconds), random.random() < REFUSED, program(random, kind),
                 program(random, kind), random.random() < SMALL_BUFFER, random.random() < FAST,
                 stacks.options(random, kind), stacks.options(random, kind))
            for number in range(count)]


class End:
    """One end of a connection at work."""

    def __init__(self, made, operations, deadline):
        self.socket, self.operations, self.deadline = made, operations, deadline

    def run(self):
        with contextlib.suppress(Over):
            for name, argument in self.operations:
                try:
                    getattr(self, name)(argument)
                except OSError:  # reset, refused, or the other end does not read: what applications do then
                    self.pause(0.05)
                    self.socket.close()
                    return

    def limit(self, seconds):
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Over
        self.socket.settimeout(min(seconds, left))

    def wait(self, seconds):
        self.pause(seconds)

    def pause(self, seconds):
        left = self.deadline - time.monotonic()
        time.sleep(max(0.0, min(seconds, left)))
        if seconds >= left:
            raise Over

    def connect(self, address):
        self.limit(PATIENCE)
        try:
            self.socket.connect(address)
        except TimeoutError:
            self.limit(0.001)  # over rather than given up, when it is
            raise

    def send(self, count):
        self.limit(PATIENCE)
        try:
            self.socket.sendall(b"x" * count)
        except TimeoutError:
            self.limit(0.001)
            raise

    def urgent(self, count):
        self.limit(PATIENCE)
        self.socket.send(b"x" * count, socket.MSG_OOB)

    def deafen(self, _):
        self.limit(1)
        self.socket.shutdown(socket.SHUT_RD)

    def receive(self, seconds):
        """Whatever comes first, within that time."""
        self.limit(seconds)
        with contextlib.suppress(TimeoutError):
            self.socket.recv(65536)

    def drain(self, seconds):
        """Until the other end has closed, or that time has passed."""
        end = time.monotonic() + seconds
        with contextlib.suppress(TimeoutError):
            while end > time.monotonic():
                self.limit(end - time.monotonic())
                if not self.socket.recv(65536):
                    return

    def shutdown(self, _):
        self.limit(1)
        self.socket.shutdown(socket.SHUT_WR)

    def close(self, _):
        self.limit(1)
        self.socket.close()

    def abort(self, _):
        self._close_within(0)

    def linger(self, _):
        self._close_within(1)

    def _close_within(self, seconds):
        self.limit(1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, seconds))
        self.socket.close()

    def stay(self, _):
        self.pause(self.deadline)


class Crowd:
    """All connections of a round, a thread for each end."""

    def __init__(self, client, server, port, first_port, plan_list, deadline, kind):
        self.client, self.server, self.port, self.first_port = client, server, port, first_port
        self.plans, self.deadline, self.kind = plan_list, deadline, kind
        self.protocol = stacks.IPPROTO_MPTCP if kind.multipath else 0
        self.sockets, self.threads = [], []
        self.listener = self._keep(server.listen(port, backlog=1024, protocol=self.protocol))
        if kind.deferred:
            stacks.apply(self.listener, [(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, kind.deferred)])
        if kind.fast_open:
            stacks.apply(self.listener, [(socket.IPPROTO_TCP, stacks.TCP_FASTOPEN, 1024)])

    def _keep(self, made):
        self.sockets.append(made)
        return made

    def _spawn(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self.threads.append(thread)
        thread.start()

    def run(self):
        """Returns when the deadline has passed and no thread is left."""
        begin = time.monotonic()
        self._spawn(self._accept)
        for plan in sorted(self.plans, key=lambda plan: plan.begin):
            time.sleep(max(0.0, begin + plan.begin - time.monotonic()))
            self._spawn(self._dial, plan)
        for thread in self.threads:
            thread.join()

    def _dial(self, plan):
        made = self._keep(self.client.socket(self.first_port + plan.number, protocol=self.protocol))
        if plan.small_buffer:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER_OCTETS)
        stacks.apply(made, plan.client_options)
        operations = [("connect", (self.server.address, self.port + (1 if plan.refused else 0)))]
        if self.kind.fast_open and plan.fast:
            stacks.apply(made, [(socket.IPPROTO_TCP, stacks.TCP_FASTOPEN_CONNECT, 1)])
            operations.append(("send", SMALL_LOT))  # nothing is sent before
        End(made, operations + plan.client, self.deadline).run()

    def _accept(self):
        while (left := self.deadline - time.monotonic()) > 0:
            self.listener.settimeout(left)
            try:
                made, address = self.listener.accept()
            except TimeoutError:
                return
            plan = self.plans[address[1] - self.first_port]
            stacks.apply(made, plan.server_options)
            self._spawn(End(self._keep(made), plan.server, self.deadline).run)

    def close(self):
        for made in self.sockets:
            made.close()
