# SPDX-License-Identifier: BSD-3-Clause
"""The network of a sample: anonymous network namespaces with one TAP device each.

A namespace lives as long as this process holds its descriptor, so nothing has to be cleaned up, whatever ends the
process. TAP devices are used because the kernel computes full checksums for them and merges no segments.
"""
import contextlib
import ctypes
import errno
import fcntl
import os
import signal
import socket
import struct
import subprocess

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
PR_SET_PDEATHSIG = 1
TUNSETIFF, IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x400454CA, 0x0002, 0x1000, 0x4000
TUNSETOFFLOAD, OFFLOADS = 0x400454D0, 0x0F  # checksums, segments of IPv4, of IPv6, with ECN
OFFLOAD_HEADER = 10  # octets in front of each frame: struct virtio_net_hdr
TIMEOUT = 15.0  # no call of a sample's application waits longer (s)

_libc = ctypes.CDLL(None, use_errno=True)


def libc(name, *arguments):
    """Calls a function of the C library that returns 0; raises OSError otherwise."""
    if getattr(_libc, name)(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")


def private_tracefs(path="/sys/kernel/tracing"):
    """Returns a directory with tracefs; mounts it, for this process alone, where it is missing."""
    if os.path.isdir(path + "/events/sock"):
        return path
    libc("unshare", CLONE_NEWNS)
    libc("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    libc("mount", b"none", path.encode(), b"tracefs", 0, None)
    return path


class Namespace:
    """A new, empty network namespace."""

    def __init__(self):
        here = self._current()
        try:
            libc("unshare", CLONE_NEWNET)
            self.descriptor = self._current()
        finally:
            libc("setns", here, CLONE_NEWNET)
            os.close(here)
        self.sysctl("net/ipv6/conf/all/disable_ipv6", 1)
        self.sysctl("net/ipv6/conf/default/disable_ipv6", 1)

    @staticmethod
    def _current():
        return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)

    @contextlib.contextmanager
    def inside(self):
        """The calling thread works in this namespace; sockets and processes made there stay there."""
        here = self._current()
        libc("setns", self.descriptor, CLONE_NEWNET)
        try:
            yield
        finally:
            libc("setns", here, CLONE_NEWNET)
            os.close(here)

    def sysctl(self, name, value):
        with self.inside(), open("/proc/sys/" + name, "w", encoding="ascii") as file:
            file.write(str(value))

    def ip(self, *lines):
        """Runs commands of ip(8) here."""
        with self.inside():
            subprocess.run(["ip", "-batch", "-"], input="\n".join(lines) + "\n", text=True, check=True,
                           stdout=subprocess.DEVNULL, timeout=TIMEOUT)

    def tap(self, name, offload=False):
        """Makes a TAP device; returns the descriptor of its other end. Offload: it takes segments larger than a frame,
        and leaves checksums to the card; a header of OFFLOAD_HEADER octets tells of that."""
        with self.inside():
            descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            kind = IFF_TAP | IFF_NO_PI | (IFF_VNET_HDR if offload else 0)
            fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", name.encode(), kind))
            if offload:
                fcntl.ioctl(descriptor, TUNSETOFFLOAD, OFFLOADS)
        return descriptor

    def close(self):
        os.close(self.descriptor)


class Host(Namespace):
    """One end: a kernel with one interface, one address, and its neighbour known beforehand (so no ARP, no ND)."""

    def __init__(self, number, family, sysctls, offload=False):
        super().__init__()
        self.family = socket.AF_INET6 if family == 6 else socket.AF_INET
        self.address, peer = self._address(number, family), self._address(3 - number, family)
        self.mac, peer_mac = self._mac(number), self._mac(3 - number)
        self.wire = self.tap("eth0", offload)
        for name, value in sysctls.items():
            try:
                self.sysctl(name, value)
            except OSError as error:
                if error.errno not in (errno.ENOENT, errno.EINVAL):  # an older kernel
                    raise
        if family == 6:
            for name, value in {"disable_ipv6": 0, "addr_gen_mode": 1, "accept_ra": 0, "accept_dad": 0}.items():
                self.sysctl("net/ipv6/conf/eth0/" + name, value)
        self.ip(f"link set dev eth0 address {self.mac}", "link set dev eth0 up", "link set dev lo up",
                f"address add {self.address}/{64 if family == 6 else 24} dev eth0" + (" nodad" if family == 6 else ""),
                f"neighbour replace {peer} lladdr {peer_mac} dev eth0 nud permanent")

    @staticmethod
    def _address(number, family):
        return f"2001:db8::{number}" if family == 6 else f"192.0.2.{number}"  # RFC 3849, RFC 5737

    @staticmethod
    def _mac(number):
        return f"02:00:00:00:00:0{number}"

    def socket(self, port, kind=socket.SOCK_STREAM, protocol=0):
        with self.inside():
            made = socket.socket(self.family, kind, protocol)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.settimeout(TIMEOUT)
        made.bind((self.address, port))
        return made

    def listen(self, port, receive_buffer=None, backlog=8, protocol=0):
        listener = self.socket(port, protocol=protocol)
        if receive_buffer:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        listener.listen(backlog)
        return listener

    def socket_table(self):
        """Opens the kernel's table of TCP sockets; reading it again from the start gives it anew."""
        with self.inside():
            return open("/proc/thread-self/net/tcp" + ("6" if self.family == socket.AF_INET6 else ""), "rb", 0)

    def close(self):
        os.close(self.wire)
        super().close()


class Capture:
    """tcpdump(8) on one interface of a namespace."""

    def __init__(self, namespace, interface, path, wanted="", snaplen=0):
        command = ["tcpdump", "-i", interface, "-n", "-p", "-U", "--immediate-mode", "-s", str(snaplen), "-Z", "root",
                   "-w", path, *wanted.split()]
        with namespace.inside():
            self.tcpdump = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                            preexec_fn=self._end_with_parent)
        for line in self.tcpdump.stderr:
            if "listening on" in line:
                return
        self.close()
        raise RuntimeError("tcpdump did not start")

    @staticmethod
    def _end_with_parent():
        """In the child: whatever ends this process, no tcpdump is left behind."""
        libc("prctl", PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)

    def stop(self):
        """Ends the capture; returns the number of frames that the kernel dropped."""
        self.tcpdump.send_signal(signal.SIGINT)
        _, errors = self.tcpdump.communicate(timeout=TIMEOUT)
        self.tcpdump = None
        for line in errors.splitlines():
            if line.endswith("dropped by kernel"):
                return int(line.split()[0])
        raise RuntimeError("tcpdump: " + errors.strip())

    def close(self):
        if self.tcpdump:
            self.tcpdump.kill()
            self.tcpdump.wait()
            self.tcpdump.stderr.close()
            self.tcpdump = None


class Monitor(Namespace):
    """The mirror port: what the relay writes to it, tcpdump(8) captures."""

    def __init__(self, offload=False):
        super().__init__()
        self.wire = self.tap("mirror", offload)
        self.ip("link set dev mirror up")
        self.capture = None

    def start(self, path):
        self.capture = Capture(self, "mirror", path)

    def stop(self):
        """Ends the capture; returns the number of frames that the kernel dropped."""
        return self.capture.stop()

    def close(self):
        if self.capture:
            self.capture.close()
        os.close(self.wire)
        super().close()
