"""What each face of the service shows of a light, read back from what people get: pages, files, answers of queries."""
