"""Sample mails → a proposed profile: its text with what each line rests on, and what a person has to look at."""

from maildaemon.drafting.propose import Draft, propose
from maildaemon.drafting.sample import CannotDraft, Sample
from maildaemon.drafting.settled import settled

__all__ = ["CannotDraft", "Draft", "Sample", "propose", "settled"]
