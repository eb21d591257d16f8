"""`pulse alerts`: the catalogue's alerts as files for Prometheus and Alertmanager."""

from __future__ import annotations

from pathlib import Path

import click

from pulse.terminal.lines import print_line

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("alerts")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("deploy/alerts"),
    show_default=True,
    help="Folder that they are written to: rules/*.yml and alertmanager.yml.",
)
@click.option(
    "--check", is_flag=True, help="Write nothing; exit 1 where a file is not as it would be written."
)
@click.option("--catalogue", type=_FILE, help="The catalogue of the plan. Default: PULSE_CATALOGUE.")
@click.option("--regions", type=_FILE, help="The city's regions. Default: PULSE_REGIONS.")
@click.option("--runbook", metavar="URL", help="Where people read deploy/RUNBOOK.zh-CN.md.")
@click.option(
    "--webhook", metavar="URL", help="The gateway that alerts go to: URL/duty, URL/departments/KEY."
)
@click.option(
    "--secret",
    metavar="FILE",
    help="The file with the gateway's bearer token, as Alertmanager sees it; '': none.",
)
@click.option(
    "--calendar",
    type=click.FloatRange(min=1),
    default=1.0,
    show_default=True,
    help="How many times faster than wall time a replayed year runs: the slow tier waits that much less.",
)
@click.pass_context
def command(
    context: click.Context,
    out: Path,
    check: bool,
    catalogue: Path | None,
    regions: Path | None,
    runbook: str | None,
    webhook: str | None,
    secret: str | None,
    calendar: float,
) -> None:
    """Write the alerts of the plan: rules for Prometheus, routes for Alertmanager.

    What rings, for how long it must last, what it says and whose job it is follow from the catalogue. Run it again
    after a change there; Prometheus and Alertmanager take the files anew on SIGHUP.

    \b
    pulse alerts                                          what is committed under deploy/alerts
    pulse alerts --check                                  nothing to do?
    pulse alerts --out /etc/pulse --webhook http://10.1.2.3:8080 --runbook https://wiki.example/runbook
    """
    from pulse.alerts.files import AlertAddresses, files
    from pulse.alerts.tempo import Tempo
    from pulse.app.city import load_city
    from pulse.app.settings import load_settings

    city = load_city(load_settings(catalogue=catalogue, regions=regions))
    default = AlertAddresses()
    addresses = AlertAddresses(
        runbook or default.runbook,
        webhook or default.webhook,
        default.secret if secret is None else secret or None,
    )
    made = files(city.catalogue, city.regions, addresses, Tempo(calendar))
    old = {
        str(file.relative_to(out)): file for file in [*out.glob("rules/*.yml"), *out.glob("alertmanager.yml")]
    }
    changed = [name for name, text in made.items() if name not in old or old[name].read_text("utf-8") != text]
    gone = sorted(old.keys() - made.keys())
    if not check:
        (out / "rules").mkdir(parents=True, exist_ok=True)
        for name in changed:
            (out / name).write_text(made[name], "utf-8")
        for name in gone:
            old[name].unlink()
    for name in changed:
        print_line(f"{out / name}: {'would change' if check else 'written'}")
    for name in gone:
        print_line(
            f"{out / name}: {'would go' if check else 'gone'}: no indicator of that department is left"
        )
    if not changed and not gone:
        print_line(f"{out}: {len(made)} files, all as they should be")
    context.exit(1 if check and (changed or gone) else 0)
