"""The classic tutorial's client: no newline anywhere, a reply is what one recv returns.

Usage: classic_client.py PORT [NAME...]   (alice, bob and jack where none is given)
"""

import os
import socket
import sys

names = [os.fsencode(name) for name in sys.argv[2:]] or [b'alice', b'bob', b'jack']

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect(('127.0.0.1', int(sys.argv[1])))
print(s.recv(1024).decode('utf-8'))
for data in names:
    s.send(data)
    print(s.recv(1024).decode('utf-8'))
s.send(b'exit')
s.close()
