"""The embedded engine for other processes of the same user, while one process holds its folder.

The engine lets only one process open a folder. That process, a worker or a demo, answers the others in
ClickHouse's HTTP interface on a Unix socket in the folder. `address` makes and finds the socket, `statement`
parses a request, `engine` runs it on handles of its own, `server` speaks HTTP, and `client` is the other end.
"""
