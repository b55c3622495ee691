"""A slow cable between two interfaces of this network: every frame comes late, and no more of them than fit.

    slow_cable.py ONE OTHER DELAY_US BYTES_A_SECOND

Each way is a line of its own, on which frames queue without end: nothing is lost. For tests/run/hosts.sh.
"""
import collections
import select
import socket
import sys
import time

SOL_PACKET, PACKET_VNET_HDR, OUTGOING, ALL = 263, 15, 4, 0x0003
FRAME, AT_ONCE = 1 << 17, 64


def tap(name):
    """All frames of an interface, with what the kernel has put off to the card (checksums, segments)."""
    frames = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL))
    frames.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    frames.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_RCVBUFFORCE", 33), 1 << 26)
    frames.bind((name, ALL))
    frames.setblocking(False)
    return frames


class Line:
    """One way."""

    def __init__(self, source, target, delay, bandwidth):
        self.source, self.target, self.delay, self.bandwidth = source, target, delay, bandwidth
        self.queue = collections.deque()
        self.free = 0.0  # when the last frame has left

    def take(self):
        """What is there now, with the time at which it is to arrive."""
        for _ in range(AT_ONCE):
            try:
                frame, address = self.source.recvfrom(FRAME)
            except BlockingIOError:
                return
            if address[2] != OUTGOING:
                self.free = max(self.free, time.monotonic()) + len(frame) / self.bandwidth
                self.queue.append((self.free + self.delay, frame))

    def deliver(self):
        """What is due; gives seconds until the next."""
        while self.queue:
            left = self.queue[0][0] - time.monotonic()
            if left > 0:
                return left
            try:
                self.target.send(self.queue.popleft()[1])
            except OSError as error:
                print(error, file=sys.stderr, flush=True)
        return 1.0


def main():
    one, other = tap(sys.argv[1]), tap(sys.argv[2])
    settings = float(sys.argv[3]) * 1e-6, float(sys.argv[4])
    lines = Line(one, other, *settings), Line(other, one, *settings)
    while True:
        wait = min(line.deliver() for line in lines)
        select.select([one, other], [], [], wait)
        for line in lines:
            line.take()


main()
