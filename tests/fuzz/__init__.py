"""The mutation fuzz: read → judge → reply over sample documents that were tampered with."""
