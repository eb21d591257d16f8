"""Benchmarks: they print speeds and assert nothing."""
