"""The demonstration: the real daemon on embedded servers, with sample mails whose end is known."""
