"""The words in which a day is written: months, weekdays, weeks, and what may stand around them."""

import re

_MONTHS = {
    1: "january jan januar jän jänner jaen janvier janv enero ene gennaio gen januari",
    2: "february feb febr februar feber février fevrier févr fevr fev fév febrero febbraio februari",
    3: "march mar märz maerz mär mrz mars marzo maart mrt",
    4: "april apr avril avr abril abr aprile",
    5: "may mai mayo maggio mag mei",
    6: "june jun juni juin junio giugno giu",
    7: "july jul juli juillet juil julio luglio lug",
    8: "august aug août aout agosto ago augustus",
    9: "september sep sept septembre septiembre setiembre set sett settembre",
    10: "october oct oktober okt octobre octubre ottobre ott",
    11: "november nov novembre noviembre",
    12: "december dec dezember dez décembre decembre déc diciembre dic dicembre",
}
MONTHS = {name: month for month, names in _MONTHS.items() for name in names.split()}

# By date.weekday(). Short forms that mean another day, or no day, in another of the languages are left out.
_WEEKDAYS = {
    0: "monday mon montag lundi lun lunes lunedì lunedi maandag",
    1: "tuesday tue tues dienstag mardi martes martedì martedi dinsdag",
    2: "wednesday wed weds mittwoch mercredi mer miércoles miercoles mié mercoledì mercoledi woensdag wo",
    3: "thursday thu thur thurs donnerstag jeudi jeu jueves jue giovedì giovedi gio donderdag",
    4: "friday fri freitag vendredi ven viernes vie venerdì venerdi vrijdag vr",
    5: "saturday sat samstag sonnabend samedi sam sábado sabado sáb sab sabato zaterdag za",
    6: "sunday sun sonntag dimanche dim domingo dom domenica zondag zo",
}  # fmt: skip
WEEKDAYS = {name: day for day, names in _WEEKDAYS.items() for name in names.split()}

# What may stand before a day and says nothing of which day it is.
LED = re.compile(
    r"(?:(?:by|before|on|until|till|latest|due|no later than|not later than|at the latest|bis|am|zum|vom|den|vor dem"
    r"|spätestens|le|du|avant|pour|au plus tard|au|el|del|antes de|antes|a más tardar|para|entro|e non oltre|il|op"
    r"|uiterlijk|vóór|voor|the) )+"
)
# What may stand behind it.
TAILED = re.compile(r"(?: (?:latest|at the latest|spätestens|au plus tard|a más tardar|uiterlijk|al più tardi))+")
BETWEEN = frozenset("the of de del den der di von the".split())
WEEK = (
    r"(?:calendar week|cal\. week|delivery week|week no|week|wk|cw|kalenderwoche|woche|kw|lieferwoche|semaine|sem"
    r"|semana|settimana|sett|weeknr|weeknummer)"
)

_SOON = re.compile(
    r"a\.?s\.?a\.?p\.?|urgent(?:ly|e|i|emente)?|immediate(?:ly)?|soon(?:est)?|at once|as soon as possible"
    r"|soonest possible|first available|earliest(?: possible)?|next available|ex stock|from stock|stock"
    r"|standard|normal|none|n/?a|-+|sofort|ab sofort|schnellstmöglich|schnellstens|baldmöglichst"
    r"|so bald wie möglich|so schnell wie möglich|umgehend|dringend|eilig|nächstmöglich(?:er termin)?"
    r"|ab lager|dès que possible|au plus vite|au plus tôt|immédiat|immédiatement"
    r"|le plus rapidement possible|lo antes posible|cuanto antes|inmediat[oa]|il prima possibile"
    r"|quanto prima|appena possibile|prima possibile|pronta(?: consegna)?|immediata|zo (?:snel|spoedig) mogelijk"
    r"|z\.?s\.?m\.?|direct|spoed|per omgaande|uit voorraad|eerste gelegenheid",
    re.IGNORECASE,
)
_PARTS = re.compile(
    r"[,;/!()]|\b(?:and|und|et|y|e|en|please|bitte|svp|s'il vous plaît|por favor|per favore|graag|aub)\b"
)


def is_soon(text: str) -> bool:
    """It asks for no day, but for the next that there is: ``ASAP``, ``schnellstmöglich, bitte``."""
    parts = [part.strip(" .:") for part in _PARTS.split(" ".join(text.casefold().split())[:80])]
    said = [part for part in parts if part]
    return bool(said) and all(_SOON.fullmatch(part) for part in said)
