"""Poverty-relief bureau 生态移民局(扶贫办). In: its paged REST API. Out: the registry and all that hangs on it."""
