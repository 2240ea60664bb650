"""Real and scripted servers for tests, as context managers."""
