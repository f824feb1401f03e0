"""Finance bureau 财政局. In: workbooks dropped in a folder. Out: subsidies paid, compensation cases, fund bookings."""
