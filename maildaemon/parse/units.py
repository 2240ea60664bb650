"""Units as written → UN/ECE Recommendation 20 codes (pieces are ``EA``); a word that is not listed is no unit."""

import re

from maildaemon.parse.numbers import Number, number

_ALIASES = {
    "EA": "ea each pc pcs pce pces piece pieces unit units st stk stck stück stücke stueck stücken pièce pièces "
    "piece(s) pc(s) "
    "unité unités un uds ud unidad unidades pieza piezas pz pza pzas pezzo pezzi nr stuk stuks c62 no nos h87 adet pk1",
    "BX": "bx box boxes box(es) caja cajas scatola scatole doos dozen boîte boîtes schachtel schachteln bxs",
    "CT": "ct ctn ctns carton cartons karton kartons krt kartonnen cartone cartoni cartón cartones",
    "PK": "pk pkt pck pack packs packet packets package packages pkg pkgs packung packungen paquet paquets "
    "paquete paquetes "
    "pacco pacchi pak pakken pakket pakketten pakete paket confezione confezioni conf ve vpe",
    "PR": "pr pair pairs paar paare paire paires par pares paio paia prs",
    "SET": "set sets satz sätze jeu jeux juego juegos kit kits kt",
    "DZN": "dz dzn doz dozen dozens dutzend douzaine douzaines docena docenas dozzina dozzine dozijn",
    "RO": "ro roll rolls rolle rollen rl rouleau rouleaux rollo rollos rotolo rotoli rol",
    "KGM": "kg kgm kgs kilo kilos kilogram kilograms kilogramm kilogramme kilogrammes kilogramo kilogramos chilo chili",
    "GRM": "g gr grm gram grams gramm gramme grammes gramo gramos grammo grammi",
    "TNE": "t to tne tonne tonnes tonnen ton tonelada toneladas tonnellata tonnellate",
    "LBR": "lb lbs lbr pound pounds",
    "MTR": "m mtr mtrs meter meters metre metres mètre mètres metro metros metri lfm",
    "CMT": "cm cmt", "MMT": "mm mmt", "KMT": "km kmt",
    "FOT": "ft foot feet fot", "INH": "inch inches inh",
    "MTK": "m2 m² qm sqm mtk", "MTQ": "m3 m³ cbm mtq",
    "LTR": "l lt ltr ltrs liter liters litre litres litro litros litri",
    "MLT": "ml mlt", "GLL": "gal gallon gallons gll",
    "HUR": "h hr hrs hour hours stunde stunden std heure heures hora horas ora ore uur hur",
    "BG": "bag bags beutel sack säcke sac sacs bolsa bolsas sacco sacchi zak zakken bg",
    "BO": "bottle bottles flasche flaschen bouteille bouteilles botella botellas bottiglia bottiglie fles flessen "
    "bo btl",
    "CA": "can cans dose dosen tin tins lata latas lattina lattine blik blikken",
    "TU": "tube tubes tuben tubo tubos tubi",
    "DR": "drum drums fass fässer fût fûts bidón bidones fusto fusti vat vaten",
    "PF": "pallet pallets palette paletten palettes palet palets bancale bancali pal plt",
    "CEN": "hundred c100 cen", "MIL": "thousand mil tsd",
    "RM": "ream reams ries", "ST": "sheet sheets blatt bogen feuille feuilles hoja hojas foglio fogli vel vellen",
}  # fmt: skip
# What people write wins over the codes: ``St`` is a German piece, not the sheet of the recommendation.
UNITS = {code.lower(): code for code in _ALIASES} | {
    alias: code for code, aliases in _ALIASES.items() for alias in aliases.split()
}

_SPLIT = re.compile(r"([0-9][0-9.,' \u00a0\u202f]*(?<! ))[ \u00a0]?([^\W\d_][^\d]{0,20})?")
_LEADING = re.compile(r"([^\W\d_]{1,12})\.? ?([0-9][0-9.,']*)")


def unit(text: str, language: str | None = None) -> str | None:
    """The code of the unit that the text names, alone. Dutch ``dozen`` are boxes."""
    word = text.strip().rstrip(".").casefold()
    return "BX" if language == "nl" and word == "dozen" else UNITS.get(word)


def quantity(text: str) -> tuple[Number, str | None] | None:
    """A number and the unit word behind it, as written and perhaps unknown; None when the text is anything else. ``5
    x`` and ``x 5`` are 5."""
    text = text.strip()
    found = number(text)
    if found is not None:
        return None if found.currency or found.bare_sign else (found, None)
    if len(text) > 48:
        return None
    if text[:1] in "x×X" and (found := number(text[1:])) is not None and not found.currency:
        return found, None
    if parts := _SPLIT.fullmatch(text):
        found, word = number(parts[1]), (parts[2] or "").strip()
    elif parts := _LEADING.fullmatch(text):
        found, word = number(parts[2]), parts[1]
        if unit(word) is None:
            return None
    else:
        return None
    if found is None or found.currency:
        return None
    return found, (None if word in {"x", "×", "X"} else word or None)
