"""National values with the document that sets them; ``is_verified=False`` where the text itself could not be read.

Numbers in square brackets are the sources that were read; several documents were seen only in their openings or
through mirrors, so a city overrides by its own dated setting whatever its own file says otherwise.
"""

from datetime import date

from hub.catalog.policy import Level, Setting

_FOUNDING = ("关于创新发展扶贫小额信贷的指导意见", "国开办发〔2014〕78号")
_SIX_POINTS = ("关于促进扶贫小额信贷健康发展的通知", "银监发〔2017〕42号")
_STANDARD = ("关于进一步规范和完善扶贫小额信贷管理的通知", "银保监发〔2019〕24号")
_CONTINUED = ("关于进一步完善扶贫小额信贷有关政策的通知", "银保监发〔2020〕28号")
_TRANSITION = ("关于深入扎实做好过渡期脱贫人口小额信贷工作的通知", "银保监发〔2021〕6号")
_LENDING_RULES = ("贷款通则", "中国人民银行令1996年第2号")
_BENCHMARK = ("金融机构人民币贷款基准利率", "中国人民银行公布")
_LPR = ("贷款市场报价利率", "全国银行间同业拆借中心公布")

FOUNDED = date(2014, 12, 10)


def _national(
    name: str, value: int | str, since: date, document: tuple[str, str], *, until: date | None = None, note: str = ""
) -> Setting:
    return Setting(name, value, since, until, Level.NATIONAL, *document, note=note)


def _unverified(
    name: str, value: int | str, since: date, document: tuple[str, str], *, until: date | None = None
) -> Setting:
    return Setting(name, value, since, until, Level.NATIONAL, *document, is_verified=False)


NATIONAL = (
    _national("household_cap", 5_000_000, FOUNDED, _FOUNDING, note="5万元以下,以户为单位,后续文件沿用"),
    _national("term_months", 36, FOUNDED, _FOUNDING, note="3年期以内"),
    _national("minimum_age", 18, date(2019, 5, 27), _STANDARD, note="18至65周岁(含)"),
    _national("maximum_age", 65, date(2019, 5, 27), _STANDARD, note="18至65周岁(含)"),
    _national("enterprise_use", "FORBIDDEN", date(2019, 5, 27), _STANDARD, note="户借户用户还; 存量建立台账、分类处置"),
    _national("extension_share_short", 1_000_000, date(1996, 8, 1), _LENDING_RULES, note="第十二条"),
    _national("extension_share_long", 500_000, date(1996, 8, 1), _LENDING_RULES, note="第十二条"),
    _unverified("extension_count", 1, date(2021, 3, 4), _TRANSITION),
    _unverified("renewal_count", 1, date(2021, 3, 4), _TRANSITION),
    _national(
        "subsidy_share_of_contract",
        1_000_000,
        FOUNDED,
        _CONTINUED,
        until=date(2020, 12, 31),
        note="2020年底前签订的合同各项政策保持到合同结束; the share of later ones is the city's",
    ),
    _national("interest_year_days", 360, FOUNDED, ("人民币利率管理规定", "银发〔1999〕77号"), note="日利率=年利率÷360"),
    _national("settlement_day", 20, FOUNDED, ("人民币利率管理规定", "银发〔1999〕77号"), note="按季结息,每季末月20日"),
    _unverified("rate_ceiling_short", 43_500, date(2015, 10, 24), _BENCHMARK, until=date(2019, 8, 19)),
    _unverified("rate_ceiling_long", 47_500, date(2015, 10, 24), _BENCHMARK, until=date(2019, 8, 19)),
    _unverified("rate_ceiling_short", 38_500, date(2020, 4, 20), _LPR, until=date(2021, 12, 19)),
    _unverified("rate_ceiling_long", 46_500, date(2020, 4, 20), _LPR, until=date(2022, 1, 19)),
    _national("bad_loan_tolerance", 20_000, date(2017, 7, 25), _SIX_POINTS, note="不良率高出自身年度目标2个百分点以内"),
)
