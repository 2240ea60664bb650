"""Purchase orders as the world writes them, made up from a seed, with their truth; they share nothing with maildaemon."""
