"""Sources of facts: tables of ours, databases, addresses that answer with JSON."""
