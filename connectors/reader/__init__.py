"""What a file says. In: bytes of a workbook or a delimited text. Out: rows of exact text under named headings."""
