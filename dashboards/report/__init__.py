"""The quarterly report: a document for each county and the city, a workbook, and the filing of both.

`reading` asks ClickHouse for a `Report` (plain data), `page` and `workbook` render one, both pure. A filing keeps the
`Report` itself; `ledger` and `attribution` say what has changed since, and why, to the last unit.
"""
