"""The classic tutorial's server: a thread for each connection, a message is what one recv returns.

Usage: classic_server.py PORT   (0: any free one; the first line of standard output is the port)
"""

import socket
import sys
import threading
import time


def tcplink(sock, addr):
    sock.send(b'welcome')
    while True:
        data = sock.recv(1024)
        time.sleep(1)
        if not data or data.decode('utf-8') == 'exit':
            break
        sock.send(('hello, %s!' % data.decode('utf-8')).encode('utf-8'))
    sock.close()


s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.bind(('127.0.0.1', int(sys.argv[1])))
s.listen(5)
print(s.getsockname()[1], flush=True)
while True:
    sock, addr = s.accept()
    threading.Thread(target=tcplink, args=(sock, addr), daemon=True).start()
