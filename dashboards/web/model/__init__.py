"""The board's data: rows of the views as frozen structs, a snapshot of them, and the port (`source`) that reads them."""
