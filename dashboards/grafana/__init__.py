"""Grafana's boards as code. `make boards` writes them as Classic (v1) dashboard JSON into `boards/`.

One module for each board: `overview` 总览, `action` 行动, `county` 县区, `quality` 数据质量, `running` 运行, `wall` 大屏.
A board does not judge: it reads the views over the table `lights`, so it cannot disagree with `pulse status`.
"""
