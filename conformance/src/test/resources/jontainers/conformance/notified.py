"""Receive what sd_notify(3) sends until READY=1; with --say, send it."""
import socket
import sys

notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
if sys.argv[1] == "--say":
    notify.sendto(b"READY=1", sys.argv[2])
else:
    notify.bind(sys.argv[1])
    notify.settimeout(20)
    while True:
        message = notify.recv(4096).decode()
        print(message, flush=True)
        if "READY=1" in message:
            break
