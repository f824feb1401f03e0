"""The command ``hub``. In: words of a terminal. Out: what a room answers, printed; or one line on standard error,
``error CODE: what happened. What to do.``, and exit code 1. A file for each group of commands, joined in ``main``.
"""
