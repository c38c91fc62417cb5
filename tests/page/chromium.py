# SPDX-License-Identifier: BSD-3-Clause
"""A headless Chromium that is steered through its DevTools protocol, over a pair of pipes: nothing but Python is needed."""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def find():
    """The path of a Chromium, or None."""
    for name in NAMES:
        path = shutil.which(name)
        if path:
            return path
    return None


class Trouble(Exception):
    """The browser did not answer, or refused."""


class Chromium:
    """One browser with one page. Collects what the page said on its console, and every request that it made."""

    def __init__(self, path, seconds=60):
        self.deadline = seconds
        self.profile = tempfile.mkdtemp(prefix="finwait-page-")
        self.number = 0
        self.received = b""
        self.console = []
        self.requests = []
        self.events = []
        to_browser, self.to_browser = os.pipe()
        self.from_browser, from_browser = os.pipe()
        # The protocol is spoken on the descriptors 3 and 4.
        command = [path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                   "--no-first-run", "--force-color-profile=srgb", "--font-render-hinting=none",
                   "--remote-debugging-pipe", "--user-data-dir=" + self.profile, "about:blank"]
        launcher = ["/bin/sh", "-c", 'exec "$0" "$@" 3<&%d 4>&%d' % (to_browser, from_browser)] + command
        self.process = subprocess.Popen(launcher, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, pass_fds=(to_browser, from_browser))
        os.close(to_browser)
        os.close(from_browser)
        self.session = None
        target = [t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page"][0]
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def close(self):
        """Ends the browser, and only it."""
        try:
            self.session = None
            self.call("Browser.close")
            self.process.wait(10)
        except (Trouble, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.to_browser)
        os.close(self.from_browser)
        shutil.rmtree(self.profile, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- the protocol ---

    def _message(self, until):
        while b"\0" not in self.received:
            ready, _, _ = select.select([self.from_browser], [], [], max(0, until - time.monotonic()))
            if not ready:
                raise Trouble("the browser does not answer")
            octets = os.read(self.from_browser, 1 << 20)
            if not octets:
                raise Trouble("the browser has ended")
            self.received += octets
        text, self.received = self.received.split(b"\0", 1)
        return json.loads(text)

    def _note(self, message):
        method, values = message.get("method"), message.get("params", {})
        if method == "Runtime.consoleAPICalled" and values["type"] in ("error", "warning", "assert"):
            self.console.append(" ".join(str(a.get("value", a.get("description"))) for a in values["args"]))
        elif method == "Runtime.exceptionThrown":
            details = values["exceptionDetails"]
            self.console.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Log.entryAdded" and values["entry"]["level"] in ("error", "warning"):
            self.console.append(values["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(values["request"]["url"])
        self.events.append(method)

    def call(self, method, **values):
        """Calls a method and returns its result."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": values}
        if self.session:
            message["sessionId"] = self.session
        octets = json.dumps(message).encode() + b"\0"
        while octets:
            octets = octets[os.write(self.to_browser, octets):]
        until = time.monotonic() + self.deadline
        while True:
            answer = self._message(until)
            if answer.get("id") == self.number:
                break
            self._note(answer)
        if "error" in answer:
            raise Trouble("%s: %s" % (method, answer["error"]["message"]))
        return answer.get("result", {})

    # --- what the tests do ---

    def view(self, width, height=900, dark=False, reduced=True):
        """Sets the size of the window and the colour scheme."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if reduced else "no-preference"}])

    def _load(self, url):
        self.events.clear()
        self.call("Page.navigate", url=url)
        until = time.monotonic() + self.deadline
        while "Page.loadEventFired" not in self.events:
            self._note(self._message(until))

    def open(self, path, fragment=""):
        """Loads a file anew and returns when its scripts have run."""
        url = "file://" + os.path.abspath(path)
        self._load("about:blank")
        self.console.clear()
        self.requests.clear()
        self._load(url + fragment)
        self.requests = [r for r in self.requests if not r.startswith((url, "about:", "data:"))]

    def run(self, expression):
        """The value of an expression in the page; a promise is waited for."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise Trouble(details.get("exception", {}).get("description", details["text"]))
        return answer["result"].get("value")

    def wait(self, expression, seconds=20):
        """Waits until an expression is true; returns its value, or None when that did not happen in time."""
        until = time.monotonic() + seconds
        while True:
            value = self.run(expression)
            if value or time.monotonic() > until:
                return value or None
            time.sleep(0.02)

    def key(self, key, modifiers=0):
        """Presses and releases a key, named as in KeyboardEvent.key."""
        codes = {"Enter": 13, "Escape": 27, "ArrowUp": 38, "ArrowDown": 40, "ArrowLeft": 37, "ArrowRight": 39,
                 "Home": 36, "End": 35, "PageUp": 33, "PageDown": 34, "Tab": 9}
        values = {"key": key, "code": key, "windowsVirtualKeyCode": codes.get(key, ord(key[0].upper())),
                  "modifiers": modifiers}
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else None)
        down = dict(values, text=text) if text else values
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **down)
        self.call("Input.dispatchKeyEvent", type="keyUp", **values)

    def click(self, x, y):
        """Clicks at a place of the window."""
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def screenshot(self, path, whole=False):
        """Writes a PNG of the window, or of the whole page."""
        values = {"format": "png"}
        if whole:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            values.update(captureBeyondViewport=True,
                          clip=dict(x=0, y=0, width=size["width"], height=min(size["height"], 8000), scale=1))
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("Page.captureScreenshot", **values)["data"]))
