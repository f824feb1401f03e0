"""Where it comes from. In: an agency's settings and what is due. Out: deliveries of raw text with row and cell.

A connector declares; transports fetch, readers decode, the mapping matches headings. None touches the hub's database.
"""
