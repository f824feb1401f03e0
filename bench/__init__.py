"""The yardsticks: how fast and how large, side by side with others, in one run on one machine.
In: a data folder, or nothing. Out: tables in Markdown, on the terminal and in .work/bench. None of it is a test.
"""
