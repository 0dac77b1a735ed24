"""Receive a pidfd on a socket; print the message and the number of the process."""
import array
import re
import socket
import sys

listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind(sys.argv[1])
listener.listen()
print("listening", flush=True)
connection, _ = listener.accept()
name, ancillary, _, _ = connection.recvmsg(4096, socket.CMSG_SPACE(4))
descriptors = array.array("i")
descriptors.frombytes(ancillary[0][2][:4])
with open(f"/proc/self/fdinfo/{descriptors[0]}") as info:
    pid = re.search(r"^Pid:\t(\d+)", info.read(), re.M).group(1)
print(name.decode(), pid, flush=True)
