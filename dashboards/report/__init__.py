"""The quarterly report: a document for each county and the city, a workbook, and the filing of both.

`reading` reads a `Report` (plain data) from ClickHouse; `page` and `workbook` render it, both pure. A filing
stores the `Report` itself. `ledger` and `attribution` determine exactly what has changed since, and why.
"""
