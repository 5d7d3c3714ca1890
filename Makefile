# Only calls what can be called without it. Works on a machine with Python 3.11 and nothing else.
PYTHON ?= python3.11
PY = .venv/bin/python
STAMP = .venv/installed

.PHONY: run test bench soak lint

$(STAMP): requirements.txt requirements-dev.txt
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $(STAMP)

# Secrets of this machine, made once. DEBUG is off here too: what one sees is what production shows.
.env: | $(STAMP)
	$(PY) -c 'import secrets; from cryptography.fernet import Fernet; print(f"SECRET_KEY={secrets.token_urlsafe(50)}\nMRC_VAULT_KEYS={Fernet.generate_key().decode()}\nALLOWED_HOSTS=127.0.0.1,localhost\nHTTPS=false\nSECOND_FACTOR=none")' > .env

run: $(STAMP) .env
	$(PY) manage.py migrate --verbosity 0
	$(PY) manage.py collectstatic --no-input --verbosity 0
	$(PY) manage.py demo
	$(PY) -m gunicorn mrc.wsgi --bind 127.0.0.1:8000 --workers 2 --timeout 120 --no-control-socket

test: $(STAMP)
	$(PY) -m tests

lint: $(STAMP)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	DEBUG=true DATABASE_URL=sqlite:///var/lint.sqlite3 $(PY) manage.py check
	DEBUG=true DATABASE_URL=sqlite:///var/lint.sqlite3 $(PY) manage.py makemigrations --check --dry-run

bench: $(STAMP)
	$(PY) -m benchmarks

soak: $(STAMP)
	$(PY) -m tests soak
	$(PY) -m benchmarks load
