"""Rural commercial bank 农商行. In: its SQL database. Out: loans and everything booked on them."""
