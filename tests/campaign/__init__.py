"""The fault campaign: the real daemon is broken from outside, again and again, and checked from outside.

The parts, from the outside in:

- ``__main__`` is the command, ``campaign`` runs episodes side by side and counts.
- ``ground.Ground`` is what all episodes share: one Dovecot, one zygote, the template of a mailbox and its ledger.
- ``world.World`` is what one episode has for itself: a mailbox user, a ledger, an SMTP sink, the victim.
- ``episode.Episode`` is one run: mails, a course, what is allowed of it. ``episode.play`` plays it and returns what was
  found to be wrong.
- ``zygote`` is the process that victims are forked from, ``victims`` its other end here, ``victim`` what runs inside
  one, ``seams`` the places where it can be wrapped there. The product holds no fault hooks.
- ``checks`` looks at the ledger, the folders and the sink when all is over.

**A fault kind is a module** with two functions, named in ``campaign.KINDS``:

- ``cases() -> Sequence[str]``: every case in a fixed order, each ``point:mail:repeat`` (three words without colons);
- ``episode(case: str, seed: int) -> Episode``: that case. All luck comes from ``episode.luck(kind, case, seed)``, so
  ``--only kind:point:mail:repeat:seed`` repeats it alone. ``ALONE`` may hold more cases, that are played by name only.

Beside the kills stand ``imap`` (one wrong thing at one command, through a proxy; ``mailbox``: what people and the server
do meanwhile), ``smtp``, ``database``, ``clock`` and ``process``; ``breaking`` holds what they arm a victim with.

The usual course of an ``Episode`` is: deliver ``mails``, enter ``inject(world)``, start the victim with ``arms``, wait
until it is dead or all is quiet, leave ``inject``, start the victim again where it died, wait until all is quiet, end it
with SIGTERM, check. ``course`` replaces everything up to the last start; ``extra(world)`` yields complaints of its own.
An ``arm`` is ``("module:function", {arguments})``; the function is called in the victim before it runs, with the
``Tape`` (lines that outlive a kill) as its first argument. ``world.imap_port`` and ``world.smtp_port`` are what the
configuration tells the victim at its next start: a proxy or a scripted server puts itself there. ``world.more`` is TOML
at the end of the configuration, ``world.limits``, ``world.smtp``, ``world.mailbox`` and ``world.archive`` are keys of
those sections (an empty ``archive``: none). ``world.sink.hook`` is asked at ``rcpt``, ``received`` and ``kept``; it may
raise ``sink.Refused``. A fault that must have happened is named by ``must``, and tells so in ``world.struck`` (or, in the
victim, with ``tape.say("reached", name)``). After every episode ``maildaemon audit`` must be clean, too.
What an episode starts for itself goes onto ``world.stack``; what it finds out on its way goes into ``world.listed``
(mails) and ``world.complaints``.
"""
