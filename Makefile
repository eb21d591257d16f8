# Two commands on a bare machine with Python ≥ 3.11: `make demo` and `make test`. Everything else is installed here.
PYTHON ?= python3
UV_VERSION := 0.13.9
UV := .venv/bin/uv
BIN := .venv/bin

.PHONY: demo test quick lint format types bench lock events boards alerts sdk clean

demo: .venv/ready  ## the whole path with a simulated city; ARGS="--scale 1 --fresh", ARGS=--help
	@$(BIN)/pulse demo $(ARGS)

test: .venv/ready  ## everything, in up to four processes, some half an hour on two cores; ARGS="-k fold" for a part
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

# Pure rooms, and what holds the documents: no Kafka, no ClickHouse, no browser.
QUICK := tests/schemas tests/streams/counting \
	$(addprefix tests/streams/test_,breaker.py generation.py partition.py pool.py records.py shard.py stopped_clock.py) \
	$(addprefix tests/lights/test_,forecast.py lights.py signal.py) tests/simulate/test_city.py \
	tests/alerts/test_tempo.py $(addprefix tests/dashboards/report/test_,page.py words.py) \
	tests/cli/test_settings.py tests/docs
# Properties of seconds each, against an oracle or over noise: `make test` has them.
SLOW := any_order_and or any_two_orders or goes_on_as_if or among_all_types or no_event_makes or bytes_flipped \
	or test_noise or another_reading_reads or json_means_the_same or nesting_however_deep or the_oracle_says

quick: .venv/ready  ## the pure tests: half a minute on two cores; ARGS=tests/schemas/test_judge.py adds more
	QUICK=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal $(QUICK) -k "not ($(SLOW))" $(ARGS)

lint: .venv/ready  ## ruff, format, layers of imports: 5 s
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

format: .venv/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: .venv/ready  ## mypy --strict, tests and benches too: a minute, 10 s the next time
	$(BIN)/mypy

bench: .venv/ready  ## microseconds an event, each stage beside its own bare loop
	$(BIN)/python -m bench $(ARGS)

events: .venv/ready  ## the contract's documents, made from the models
	$(BIN)/pulse events --language zh > docs/EVENTS.zh-CN.md
	$(BIN)/pulse events --language en > docs/EVENTS.md

boards: .venv/ready  ## Grafana's boards, made from dashboards/grafana
	$(BIN)/python -m dashboards.grafana

alerts: .venv/ready  ## Prometheus's rules and Alertmanager's routes, made from the catalogue
	$(BIN)/pulse alerts

sdk: .venv/ready  ## what official CloudEvents SDKs write, recorded anew; needs Maven, Go, npm. ARGS="java node" for some
	$(BIN)/python -m tests.sdk.record $(ARGS)

lock: .venv/ready  ## after a change of dependencies
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
		--no-header --group dev pyproject.toml -o requirements.lock

clean:
	rm -rf .venv data

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11, 3.12 or 3.13 is needed; this is " + sys.version.split()[0] + ". Name another one: make demo PYTHON=python3.12")'
	@echo "Setting up .venv (once, some 440 MB of packages) …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION)
	@$(UV) pip install -q --python $(BIN)/python --require-hashes -r requirements.lock
	@$(UV) pip install -q --python $(BIN)/python --no-deps -e .
	@touch $@
