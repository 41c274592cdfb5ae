#!/usr/bin/env python3
"""Requests of 100 bytes, answers of 2000, a connection each.

    requests.py server PORT
    requests.py client HOST PORT SECONDS THREADS    prints how long they took
"""
import socket
import sys
import threading
import time

REQUEST = b"r" * 100
ANSWER = b"a" * 2000


def receive(connection, size):
    """False when the peer closed before so many bytes came."""
    while size > 0:
        block = connection.recv(size)
        if not block:
            return False
        size -= len(block)
    return True


def answer(connection):
    with connection:
        try:
            if receive(connection, len(REQUEST)):
                connection.sendall(ANSWER)
                connection.recv(1)  # the client closes first
        except OSError:
            pass


def serve(port):
    listener = socket.create_server(("0.0.0.0", port), backlog=256)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=(connection,), daemon=True).start()


def ask(host, port, end, times, failures):
    while time.monotonic() < end:
        began = time.monotonic()
        try:
            with socket.create_connection((host, port), timeout=30) as connection:
                connection.sendall(REQUEST)
                if not receive(connection, len(ANSWER)):
                    raise OSError("closed early")
            times.append(time.monotonic() - began)
        except OSError as failure:
            failures.append(failure)
        time.sleep(0.01)


def main():
    if sys.argv[1] == "server":
        serve(int(sys.argv[2]))
    host, port, seconds, threads = sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])
    times, failures = [], []
    end = time.monotonic() + seconds
    askers = [threading.Thread(target=ask, args=(host, port, end, times, failures)) for _ in range(threads)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    times.sort()
    print(f"{len(times)} answers, {len(failures)} failures")
    for name, part in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1.0)):
        print(f"{name} {times[min(len(times) - 1, int(part * len(times)))] * 1000:.1f} ms")


main()
