"""Settings from environment variables (`PULSE_…`) and a file. Each one is documented; secrets are never printed."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from pulse.errors import OperatorError

PREFIX = "PULSE_"
NO_SETTINGS = {"PULSE_CONFIG", "PULSE_JAVA", "PULSE_MAVEN_MIRROR"}
"""`PULSE_…` variables that are not settings: the path of the file, and how `demo --kafka apache` gets its Kafka."""

FILE = "pulse.toml"
_ADDRESS = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s:/;\[\]]+):[0-9]{1,5}")
"""A host name or address (IPv6 in brackets), and a port."""


RENAMED = {
    "prefix": "topic_prefix",
    "group": "consumer_group",
    "session_timeout": "session_timeout_seconds",
    "linger": "flush_interval_seconds",
    "most": "max_pending_events",
    "budget": "buffer_mib",
    "refused_run": "max_consecutive_refusals",
    "refused_ratio": "max_refused_ratio",
    "board_least": "board_min_group",
    "log": "log_format",
}
"""Former name → present name. Setting a former name is an error: ignoring it would silently use the default."""


class BadSettings(OperatorError):
    """Lists every wrong setting with what was expected. Nothing has been started."""


class Settings(BaseSettings):
    """What a worker and the commands around it need to know."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    kafka: str = Field("127.0.0.1:9092", description="Kafka's bootstrap servers, HOST:PORT[,HOST:PORT…]")
    topic_prefix: str = Field(
        "pulse.", description="Put before each topic's name: pulse.employment", max_length=100
    )
    consumer_group: str = Field(
        "pulse", description="The consumer group that the workers share", min_length=1
    )
    instance: str | None = Field(
        None,
        description="This worker's name across restarts (static membership); none: a new member each time",
    )
    session_timeout_seconds: Annotated[float, Field(ge=6, le=300)] = Field(
        30.0, description="Seconds after which a silent worker loses its partitions"
    )
    isolation: Literal["read_committed", "read_uncommitted"] = Field(
        "read_committed",
        description="Whether events of a transaction count once it is committed, or at once, aborted ones too; the same for "
        "all workers",
    )
    clickhouse: SecretStr = Field(
        SecretStr(f"chdb://{Path.cwd() / 'data' / 'clickhouse'}"),
        description="chdb:///folder (embedded) or http://user:password@host:8123/database",
    )
    catalogue: Path | None = Field(None, description="The catalogue of the plan; none: Jining's of 2023")
    regions: Path | None = Field(None, description="The city's regions; none: Jining's")
    clock: Literal["wall", "stream"] | date = Field(
        "wall",
        description="What `now` is: wall, the present; stream, the stream's own time (a replayed or simulated year); a "
        "day such as 2023-09-26: the stream's own time, which stands at the end of that day. A database keeps that day",
    )
    flush_interval_seconds: Annotated[float, Field(ge=0, le=5)] = Field(
        0.2, description="Seconds between flushes; larger ones cost less and come later"
    )
    max_pending_events: Annotated[int, Field(ge=1_000)] = Field(
        50_000, description="Events of one partition that may wait in memory for ClickHouse"
    )
    buffer_mib: Annotated[int, Field(ge=16)] = Field(
        256, description="MiB of events that may wait in memory for ClickHouse, all partitions together"
    )
    max_consecutive_refusals: Annotated[int, Field(ge=0)] = Field(
        1_000,
        description="Refusals in a row after which a partition pauses: a bad release drains no topic; 0: never",
    )
    max_refused_ratio: Annotated[float, Field(gt=0, le=1)] = Field(
        0.5, description="The share of the latest 2 000 messages that, refused, pauses a partition; 1: never"
    )
    assess: bool = Field(
        True, description="Whether this worker may judge the lights; false: `pulse assess` does it elsewhere"
    )
    metrics_host: str = Field("127.0.0.1", description="Address that /metrics listens on")
    metrics_port: Annotated[int, Field(ge=0, le=65_535)] = Field(9461, description="Its port; 0: none")
    board_host: str = Field("127.0.0.1", description="Address that the web board listens on")
    board_port: Annotated[int, Field(ge=0, le=65_535)] = Field(8080, description="Its port; 0: no board")
    board_password: SecretStr | None = Field(
        None, description="A password that all who may look share; none: no question"
    )
    board_user_header: str | None = Field(
        None,
        description="A header in which a reverse proxy names the user it has signed in; requests without it are refused",
    )
    board_public: bool = Field(
        False, description="Whether everybody may look: small numbers of persons are withheld then"
    )
    board_min_group: Annotated[int, Field(ge=2)] = Field(
        10, description="The smallest group of persons that a public board shows"
    )
    log_format: Literal["console", "json"] = Field("console", description="How the log is written")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What is logged")

    @field_validator("kafka")
    @classmethod
    def _addresses(cls, value: str) -> str:
        for address in value.split(","):
            if not _ADDRESS.fullmatch(address.strip()):
                raise ValueError(f"{address.strip()!r} is not HOST:PORT")
        return value

    @field_validator("instance", "catalogue", "regions", "board_password", "board_user_header", mode="before")
    @classmethod
    def _none_where_empty(cls, value: object) -> object:
        """Treat an empty text as not set: Compose files pass on empty variables, and PULSE_CATALOGUE= is not "."."""
        return value if value != "" else None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Precedence: command-line options, environment variables, secret files named by variables, the TOML file."""
        file = Path(os.environ.get("PULSE_CONFIG", FILE))
        named = InitSettingsSource(settings_cls, init_kwargs=_secrets_from_files(settings_cls))
        return init_settings, env_settings, named, TomlConfigSettingsSource(settings_cls, file)


def _secret_names(settings: type[BaseSettings]) -> dict[str, str]:
    """Variable that names a file → the secret setting that the file contains: PULSE_CLICKHOUSE_FILE → clickhouse."""
    return {
        f"{PREFIX}{name.upper()}_FILE": name
        for name, field in settings.model_fields.items()
        if SecretStr in (field.annotation, *get_args(field.annotation))
    }


def _secrets_from_files(settings: type[BaseSettings]) -> dict[str, str]:
    """The secrets read from files (Docker's, Kubernetes'), without surrounding white space. Raises BadSettings."""
    found = {}
    for variable, name in _secret_names(settings).items():
        if not (file := os.environ.get(variable)):
            continue
        if os.environ.get(f"{PREFIX}{name.upper()}"):
            raise BadSettings(
                f"{variable} and {PREFIX}{name.upper()} are both set: which one is meant? Unset the other."
            )
        try:
            found[name] = Path(file).read_text("utf-8").strip()
        except (OSError, UnicodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "no UTF-8 text"
            raise BadSettings(
                f"{variable}={file}: {why}; expected a file that holds {PREFIX}{name.upper()}"
            ) from None
    return found


def load_settings(**given: object) -> Settings:
    """Load the settings. `given` holds a command's options and takes precedence; None means not given.

    Raises BadSettings.
    """
    options = {name: value for name, value in given.items() if value is not None}
    file = Path(os.environ.get("PULSE_CONFIG", FILE))
    if "PULSE_CONFIG" in os.environ and not file.is_file():
        raise BadSettings(f"PULSE_CONFIG={file}: no such file")
    faults = _wrong_variables()
    try:
        settings = Settings(**options)  # type: ignore[arg-type]
    except ValidationError as error:
        faults += map(_fault, error.errors(include_url=False, include_input=False))
    except BadSettings as error:  # a secret file
        faults.append(str(error))
    except ValueError as error:  # the file is not TOML
        faults.append(f"{file}: {error}")
    if faults:
        raise BadSettings("\n".join(faults))
    return settings


def _wrong_variables() -> list[str]:
    """One line for each `PULSE_…` environment variable whose name is wrong."""
    secrets = _secret_names(Settings)
    faults = []
    for variable in sorted(os.environ):
        name = variable.upper().removeprefix(PREFIX).lower()
        if (
            variable.upper().startswith(PREFIX) and name in RENAMED
        ):  # upper or lower case: pydantic read "pulse_most" as well
            faults.append(_renamed(name))
        elif (
            variable.startswith(PREFIX)
            and variable not in NO_SETTINGS
            and variable not in secrets
            and name not in Settings.model_fields
        ):
            faults.append(f"{variable}: no such setting; `pulse settings` lists them")
    return faults


def _fault(found: ErrorDetails) -> str:
    """One line about a wrong value, or about a name in the file that is not a setting."""
    name = str(found["loc"][0]) if found["loc"] else "settings"
    if name in RENAMED:
        return _renamed(name)
    if found["type"] == "extra_forbidden":
        return (
            f"{name} in {os.environ.get('PULSE_CONFIG', FILE)}: no such setting; `pulse settings` lists them"
        )
    field = Settings.model_fields.get(name)
    about = f" ({field.description})" if field and field.description else ""
    return f"{PREFIX}{name.upper()}: {found['msg']}{about}"


def _renamed(old: str) -> str:
    new = RENAMED[old]
    return f"{PREFIX}{old.upper()}: renamed, set {PREFIX}{new.upper()} instead ({new} in {FILE})"
