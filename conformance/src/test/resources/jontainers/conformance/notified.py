"""Receive what sd_notify(3) sends until END; with --say, send something."""
import socket
import sys

notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
if sys.argv[1] == "--say":
    notify.sendto(sys.argv[3].encode(), sys.argv[2])
else:
    notify.bind(sys.argv[1])
    notify.settimeout(20)
    message = ""
    while message != "END":
        message = notify.recv(4096).decode()
        print(message, flush=True)
