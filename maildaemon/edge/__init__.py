"""Everything that touches the world, and decides nothing."""
