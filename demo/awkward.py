"""Good rows in awkward form: they must still link. Only a few rows of the first replica are written so."""

import numpy as np
import polars as pl

from demo.books import Books
from demo.planting import loan_key

_FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
_BLANK_WIDE = "\u3000"

BLANKS_AROUND, BLANK_INSIDE = -1, -2  # quirks of subsidy rows

Listing = list[dict[str, str]]


def _change(frame: pl.DataFrame, column: str, rows: list[int], texts: list[str]) -> pl.DataFrame:
    return frame.with_columns(frame[column].scatter(rows, texts))


def bank_loans(frame: pl.DataFrame) -> tuple[pl.DataFrame, Listing]:
    """Lower-case x, full-width digits and blanks in identity numbers; another dot in names."""
    identity, name = frame["证件号码"], frame["贷款户名"]
    with_x = identity.str.ends_with("X").arg_true().to_list()
    dotted = name.str.contains("·", literal=True).arg_true().to_list()
    plain = [row for row in range(0, frame.height, 97) if row not in {*with_x, *dotted}]
    listing: Listing = []

    def write(frame: pl.DataFrame, column: str, rows: list[int], texts: list[str], form: str) -> pl.DataFrame:
        for loan in frame["借据号"].gather(rows):
            listing.append({"dataset": "loan", "loan": loan, "column": column, "form": form})
        return _change(frame, column, rows, texts)

    some = with_x[:4]
    frame = write(frame, "证件号码", some, [text.lower() for text in identity.gather(some)], "小写x")
    some = plain[:4]
    frame = write(frame, "证件号码", some, [text.translate(_FULL_WIDTH) for text in identity.gather(some)], "全角数字")
    some = plain[4:7]
    frame = write(frame, "证件号码", some, [f" {text}{_BLANK_WIDE}" for text in identity.gather(some)], "前后空格")
    some = dotted[:4]
    dots = [text.replace("·", dot) for text, dot in zip(name.gather(some), "•．・•", strict=False)]
    frame = write(frame, "贷款户名", some, dots, "间隔号不同")
    return frame, listing


def relief_persons(frame: pl.DataFrame) -> tuple[pl.DataFrame, Listing]:
    """Lower-case x and blanks in identity numbers of the registry."""
    identity = frame["证件号码"]
    rows = [*identity.str.ends_with("X").arg_true().to_list()[10:13], 500, 1500]
    texts = [text.lower() if text.endswith("X") else f" {text} " for text in identity.gather(rows)]
    listing = [
        {
            "dataset": "person",
            "person": person,
            "column": "证件号码",
            "form": "小写x" if text[-1] == "x" else "前后空格",
        }
        for person, text in zip(frame["人编号"].gather(rows), texts, strict=True)
    ]
    return _change(frame, "证件号码", rows, texts), listing


def mark_subsidies(books: Books) -> None:
    """Five payments with blanks around the loan number, five with a blank inside the payee's name."""
    table = books.subsidies
    good = np.flatnonzero((table["batch"] == 5) & (table["quirk"] == 0))
    table["quirk"][good[10:460:90]] = BLANKS_AROUND
    table["quirk"][good[55:505:90]] = BLANK_INSIDE


def subsidies(books: Books, label: str) -> Listing:
    """The payments that ``mark_subsidies`` marked; they all stand in the batch called ``label``."""
    table = books.subsidies
    return [
        {"dataset": "subsidy_payment", "batch": label, "loan": loan_key(loan), "form": form}
        for quirk, form in ((BLANKS_AROUND, "借据号前后空格"), (BLANK_INSIDE, "姓名中有空格"))
        for loan in table["loan"][table["quirk"] == quirk].tolist()
    ]
