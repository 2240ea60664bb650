"""The unit codes of the structured formats → the UN/ECE Recommendation 20 codes that an order carries.

The lists share their letters and not their meaning: ``ST`` is a set in X12 (element 355), a sheet in Recommendation 20;
``CA`` a case in X12 and a can there. Pieces are ``EA`` whatever they are called (C62, H87, PCE)."""

# Recommendation 20 and, for packages, 21, as far as orders name them.
_REC20 = frozenset(
    "EA SET PR DZN CEN MIL KGM GRM MGM TNE LTN STN LBR ONZ CWI MTR CMT MMT KMT DMT FOT INH YRD MTK CMK FTK YDK INK MTQ "
    "CMQ DMQ FTQ YDQ LTR MLT CLT DLT HLT GLL GLI PTL QTL OZA KWH MWH WTT KWT HUR DAY WEE MON ANN MIN ACT ASM NAR NPR "
    "NMP NPL GRO GGR SH ST TU BX CT PK BG BO CA CS CR CL CQ DR JR PF PX PA RO RM RL BE BJ BL BT CG CN TY TB TK SA KT "
    "P1 D64 LS E48 E49 XBX XCT XPK XBG XPX XRO XCS XPF XDR XBO XCA XBE".split()
)
_PIECES = frozenset("EA C62 H87 PCE PC PCS NMB UN NAR".split())
_ALIASES = {"PAC": "PK", "NMP": "PK", "NPR": "PR", "KT": "SET", "CTN": "CT", "RL": "RO", "BOX": "BX",
            "XBX": "BX", "XCT": "CT",
            "XPK": "PK", "XBG": "BG", "XPX": "PF", "PX": "PF", "XPF": "PF", "XRO": "RO", "XCS": "CS", "XDR": "DR",
            "XBO": "BO", "XCA": "CA", "XBE": "BE", "KG": "KGM", "LT": "LTR", "SH": "ST", "MT": "MTR",
            "PAL": "PF"}  # fmt: skip
# X12 element 355.
_X12 = {
    "EA": "EA", "PC": "EA", "UN": "EA", "CA": "CS", "CS": "CS", "BX": "BX", "CT": "CT", "PK": "PK", "PH": "PK",
    "ST": "SET", "KT": "SET", "PR": "PR", "DZ": "DZN", "HU": "CEN", "TH": "MIL", "RL": "RO", "RO": "RO", "RM": "RM",
    "SH": "ST", "BG": "BG", "BO": "BO", "BT": "BO", "CN": "CA", "TB": "TU", "TU": "TU", "DR": "DR", "JR": "JR",
    "PL": "PF", "BD": "BE", "LB": "LBR", "OZ": "ONZ", "KG": "KGM", "GR": "GRM", "TN": "STN", "MT": "MTR", "MR": "MTR",
    "CM": "CMT", "MM": "MMT", "FT": "FOT", "LF": "FOT", "IN": "INH", "YD": "YRD", "SF": "FTK", "SY": "YDK", "SM": "MTK",
    "CF": "FTQ", "CY": "YDQ", "CR": "MTQ", "GA": "GLL", "QT": "QTL", "PT": "PTL", "LT": "LTR", "LR": "LTR", "ML": "MLT",
    "HR": "HUR", "DA": "DAY", "WK": "WEE", "MO": "MON", "GS": "GRO",
}  # fmt: skip


def rec20(code: str) -> str | None:
    """A code of Recommendation 20 or 21, of EDIFACT's 6411 or an ISO unit that cXML carries; None for what is none."""
    word = code.strip().upper()
    if word in _PIECES:
        return "EA"
    word = _ALIASES.get(word, word)
    return word if word in _REC20 else None


def x12(code: str) -> str | None:
    """The unit of X12's element 355."""
    return _X12.get(code.strip().upper())
