"""Be a seccomp agent.

agent.py SOCKET: print the state that the runtime sent, answer one call with ENOTDIR.
agent.py SOCKET all: the same, but let all calls go on until nobody makes any.
"""
import array
import fcntl
import os
import select
import socket
import struct
import sys

SECCOMP_IOCTL_NOTIF_RECV = 0xC0502100
SECCOMP_IOCTL_NOTIF_SEND = 0xC0182101
ENOTDIR = 20
CONTINUE = 1  # SECCOMP_USER_NOTIF_FLAG_CONTINUE

listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind(sys.argv[1])
listener.listen()
listener.settimeout(20)
connection, _ = listener.accept()
state, ancillary, _, _ = connection.recvmsg(65536, socket.CMSG_SPACE(4))
descriptors = array.array("i")
descriptors.frombytes(ancillary[0][2][:4])
print(state.decode().strip("\0"), flush=True)
connection.close()


def answer(error, flags):
    request = bytearray(80)
    fcntl.ioctl(descriptors[0], SECCOMP_IOCTL_NOTIF_RECV, request)
    (identifier,) = struct.unpack_from("Q", request)
    response = struct.pack("QqiI", identifier, 0, -error, flags)
    fcntl.ioctl(descriptors[0], SECCOMP_IOCTL_NOTIF_SEND, bytearray(response))


if sys.argv[2:] == ["all"]:
    poll = select.poll()
    poll.register(descriptors[0], select.POLLIN)
    while not poll.poll(20000)[0][1] & select.POLLHUP:
        answer(0, CONTINUE)
    print("ended")
else:
    answer(ENOTDIR, 0)
