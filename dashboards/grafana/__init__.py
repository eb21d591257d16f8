"""Grafana's boards as code: Python here, Classic (v1) dashboard JSON in `boards/`, written by `make boards`.

A module a board: `overview` 总览, `action` 行动, `county` 县区, `quality` 数据质量, `running` 运行, `wall` 大屏.
A board judges nothing: it reads the views over the table `lights`, so it cannot disagree with `pulse status`.
"""
