"""Exchange two names as fast as possible until standard input ends: renameat2(2), RENAME_EXCHANGE."""
import ctypes
import sys
import threading

libc = ctypes.CDLL(None, use_errno=True)
one, two = (name.encode() for name in sys.argv[1:])
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
print("swapping", flush=True)
while not ended.is_set():
    assert libc.renameat2(-100, one, -100, two, 2) == 0
