-- Events by append day, as the assessor summed them up from the ledger.
-- reads: answering
SELECT day, department, county, received, refused, duplicate, conflict FROM arrivals FINAL
WHERE generation = (SELECT generation FROM answering)
