"""The embedded engine for other processes of the same user, while one holds its folder.

The engine lets one process open a folder. That one, a worker or a demo, answers the others on a Unix socket in the
folder, in ClickHouse's HTTP interface: `address` is where, `statement` what is asked, `engine` runs it on handles of its
own, `server` speaks HTTP, `client` is the other end.
"""
