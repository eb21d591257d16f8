"""Makes docs/demo.png and docs/report.png: what `make demo` shows, and a page of the report on the same year.
`python docs/picture.py`.

Needs Chromium, a font with Chinese characters of two cells, and pdftoppm (Debian: chromium, fonts-noto-cjk,
poppler-utils).
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import subprocess
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from pulse.cli.report import command as report
from pulse.demo.options import DemoOptions
from pulse.demo.run import run_demo

WIDTH, HEIGHT = 132, 40
"""The terminal, in cells."""

THEME = TerminalTheme(
    (24, 27, 33),
    (222, 222, 216),
    [(24, 27, 33), (240, 113, 120), (126, 200, 140), (229, 184, 105), (120, 170, 240), (200, 150, 220), (110, 200, 210),
     (222, 222, 216)],
)  # fmt: skip

PAGE = """<meta charset="utf-8"><style>
/* Of ambiguous width in Unicode, one cell in a terminal, two in the Chinese font. */
@font-face {{ font-family: narrow; src: local("DejaVu Sans Mono"); size-adjust: 83.06%;
    unicode-range: U+2018-201D, U+2248, U+2265, U+00D7, U+00B7, U+22EE, U+25A0-25FF, U+2714; }}
body {{ margin: 0; background: #181b21; }}
pre {{ margin: 22px 26px; color: #deded8; font: 15px/21px narrow, "Noto Sans Mono CJK SC", monospace; }}
</style><pre>{code}</pre>"""


def main() -> None:
    """Run the demo into a recording console and take the picture."""
    with tempfile.TemporaryDirectory() as folder:
        options = DemoOptions(
            scale=0.05,
            seed=1,
            heartbeat_days=1,
            until=None,
            kafka=None,
            partitions=2,
            data_dir=Path(folder),
            fresh=True,
            leave=True,
        )
        run = _console()
        asyncio.run(run_demo(options, run))
        shown = _console()
        for line in _fitting(run.export_text(styles=True).splitlines()):
            shown.print(Text.from_ansi(line))
        page = Path(folder) / "demo.html"
        page.write_text(shown.export_html(theme=THEME, inline_styles=True, code_format=PAGE), "utf-8")
        picture = Path(__file__).with_name("demo.png")
        size = f"{WIDTH * 8 + 60},{HEIGHT * 21 + 44}"
        options_of_chromium = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--force-device-scale-factor=1.5",
            f"--window-size={size}",
            f"--screenshot={picture}",
        ]
        subprocess.run(["chromium", *options_of_chromium, page.as_uri()], check=True, capture_output=True)
        _report(Path(folder))


def _report(folder: Path) -> None:
    """The first page of the city's third quarter, filed, as it is printed."""
    os.environ |= {"PULSE_CLICKHOUSE": f"chdb://{folder / 'clickhouse'}", "PULSE_CLOCK": "stream"}
    report.main(["--quarter", "2023Q3", "--file", "--out", str(folder)], standalone_mode=False)
    (page,) = folder.glob("JN-2023Q3-*-370800.html")
    sheet = page.with_suffix(".pdf")
    printing = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-pdf-header-footer",
        f"--print-to-pdf={sheet}",
    ]
    subprocess.run(["chromium", *printing, page.as_uri()], check=True, capture_output=True)
    picture = Path(__file__).with_name("report")
    first = ["-f", "1", "-l", "1", "-r", "110", "-png", "-singlefile"]
    subprocess.run(["pdftoppm", *first, sheet, picture], check=True, capture_output=True)


def _console() -> Console:
    return Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )


def _fitting(lines: list[str]) -> list[str]:
    """The table's beginning and the verdict, with the command above."""
    bare = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line) for line in lines]
    # What turned while something was under way is recorded frame by frame.
    kept = [n for n, line in enumerate(bare) if not line.rstrip().endswith((" …", " ..."))]
    lines, plain = [lines[n] for n in kept], [bare[n] for n in kept]
    first = next(
        n for n, line in enumerate(plain) if line.rstrip().endswith(" · 2023-12-31")
    )  # the table's title
    last = next(n for n, line in enumerate(plain) if line.startswith("A city at scale"))
    head = HEIGHT - len(lines[last:]) - 5
    return ["\x1b[1m$ make demo\x1b[0m", "", *lines[first : first + head], " ⋮", "", *lines[last:]]


if __name__ == "__main__":
    main()
