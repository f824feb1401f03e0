"""What rules have in common: agencies by a letter, sources that nobody has connected, and where SQL is read from."""

from importlib.resources import files

from hub.catalog.dataset import Agency

B, R, F = Agency.BANK, Agency.RELIEF, Agency.FINANCE

DEATHS = ("公安、民政死亡登记", "death registers of police and civil affairs")
DISHONEST = ("法院失信、涉诉信息", "courts' lists of dishonest debtors and lawsuits")


def sql_of(code: str) -> str:
    """The SQL of the rule ``code``."""
    return files("schema.rules").joinpath("sql", f"{code.lower()}.sql").read_text("utf-8")
