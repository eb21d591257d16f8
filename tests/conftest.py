"""For all tests: a developer's own settings are not theirs."""

from __future__ import annotations

import os

from cli.settings import PREFIX

MACHINE = {"PULSE_JAVA", "PULSE_MAVEN_MIRROR"}
"""How this machine gets its Kafka."""

for name in [name for name in os.environ if name.startswith(PREFIX) and name not in MACHINE]:
    del os.environ[name]
