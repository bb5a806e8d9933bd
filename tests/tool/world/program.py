"""The body of the fake docker, kind, helm and kubectl: it asks the test what to say, and says it.

It is run with the port of the test's own server and its name as first arguments; see `World`. A test runs dozens of
them, so it imports nothing that is not built into the interpreter.
"""

import _socket
import posix
import sys

port, program, *argv = sys.argv[1:]
environment = [f"{name.decode()}={value.decode()}" for name, value in posix.environ.items()]
stdin = sys.stdin.read() if "-" in argv else ""
told = "\0".join([program, stdin, str(len(argv)), *argv, *environment])
line = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
line.connect(("127.0.0.1", int(port)))
line.sendall(told.encode())
line.shutdown(_socket.SHUT_WR)
status, output, errors = b"".join(iter(lambda: line.recv(65536), b"")).decode().split("\0")
sys.stdout.write(output)
sys.stderr.write(errors)
sys.exit(int(status))
