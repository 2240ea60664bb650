"""Documents that mean harm: each attack of a table, and whatever the fuzz has found."""
