"""The unit codes of the structured formats → the UN/ECE Recommendation 20 codes that an order carries.

The lists share their letters and not their meaning: ``ST`` is a set in X12 (element 355), a sheet in Recommendation 20;
``CA`` a case in X12 and a can there. Pieces are ``EA`` whatever they are called (C62, H87, PCE)."""

from maildaemon.unitwords import unit_words

_PIECES = frozenset("EA C62 H87 PCE PC PCS NMB UN NAR".split())
_ALIASES = {"PAC": "PK", "NMP": "PK", "NPR": "PR", "KT": "SET", "CTN": "CT", "RL": "RO", "BOX": "BX",
            "XBX": "BX", "XCT": "CT",
            "XPK": "PK", "XBG": "BG", "XPX": "PF", "PX": "PF", "XPF": "PF", "XRO": "RO", "XCS": "CS", "XDR": "DR",
            "XBO": "BO", "XCA": "CA", "XBE": "BE", "XPA": "PK", "PA": "PK", "XCR": "CR", "XBJ": "BJ",
            "XCI": "CI", "XCQ": "CQ", "XCL": "CL", "XJR": "JR", "XJC": "JC", "XSA": "BG", "SA": "BG", "XSO": "SO",
            "XTU": "TU", "KG": "KGM", "LT": "LTR", "SH": "ST", "MT": "MTR",
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
    return word if word in unit_words().codes else None


def x12(code: str) -> str | None:
    """The unit of X12's element 355."""
    return _X12.get(code.strip().upper())
