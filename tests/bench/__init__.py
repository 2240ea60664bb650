"""How fast it is, beside a naive loop on the same mails and the same server."""
