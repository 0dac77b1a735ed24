"""Receive the master of a terminal on a socket and connect it to standard input and output."""
import array
import os
import select
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
master = descriptors[0]
assert os.isatty(master), name
connection.close()
sources = [0, master]
while master in sources:
    for source in select.select(sources, [], [])[0]:
        try:
            data = os.read(source, 4096)
        except OSError:  # EIO: nobody has the terminal open
            data = b""
        if not data:
            sources.remove(source)
        os.write(1 if source == master else master, data) if data else None
