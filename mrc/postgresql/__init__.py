"""Django's PostgreSQL, told before each query whose records are in scope (mrc/wall.py)."""
