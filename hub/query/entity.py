"""What can be read: every dataset as a table with attributes and relations, and the hub's own run records.

Identifiers that reach SQL come from here and from nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.catalog.dataset import Agency, Dataset
from hub.catalog.field import Code, FieldType, Mask, Sensitivity, SharingClass
from hub.catalog.registry import COUNTY, HOUSEHOLD, REGION, Catalogue, Relation, has_household_column

MASKED = "_masked"  # what the column with the visible part of a masked value ends in
RUN = "sync_run"
FINDING = "finding"
RUN_DATASET = "sync_run_dataset"
QUARANTINE = "quarantine_entry"
FRESHNESS = "dataset_freshness"
ALARM = "sync_alarm"
# What the hub keeps about its own work, beside the datasets.
OWN_WORK = (RUN, RUN_DATASET, QUARANTINE, FRESHNESS, ALARM)
DISCLOSURE = "disclosure"
DISCLOSURE_ABOUT = "disclosure_about"
CHECKPOINT = "checkpoint"
COSIGNATURE = "cosignature"
DISAGREEMENT = "disagreement"
LOG_ALARM = "log_alarm"
# The disclosure log and what is signed of it.
LOG = (DISCLOSURE, DISCLOSURE_ABOUT, CHECKPOINT, COSIGNATURE, DISAGREEMENT, LOG_ALARM)


@dataclass(frozen=True, slots=True)
class Attribute:
    """One readable column. ``name`` is what readers call it; ``filterable`` ones may be filtered and ordered by.

    ``is_placed`` ones were added by the hub: they come with any other attribute of the dataset.
    """

    name: str
    column: str
    type: FieldType
    required: bool
    zh: str
    en: str
    about: str
    about_zh: str
    filterable: bool = False
    mask: Mask | None = None
    codes: Mapping[str, Code] = field(default_factory=dict[str, Code])
    sensitivity: Sensitivity = Sensitivity.INTERNAL
    sharing: SharingClass = SharingClass.CONDITIONAL
    is_placed: bool = False


@dataclass(frozen=True, slots=True)
class Entity:
    """One readable table. ``placed``: its rows belong to a region; ``sourced``: they know the row they came from.

    ``asked_about``: its table is a function of a household's names in the disclosure log, and rows are never found
    otherwise. ``of_rule``: the column that begins with the code of the rule a row comes from, where it comes from one.
    """

    name: str
    plural: str
    table: str
    zh: str
    about: str
    about_zh: str
    key: tuple[str, ...]  # attribute names
    attributes: tuple[Attribute, ...]
    relations: tuple[Relation, ...] = ()
    placed: bool = True
    sourced: bool = True
    newest_first: bool = False
    asked_about: bool = False
    agency: Agency = Agency.HUB
    of_rule: str = ""

    def attribute(self, name: str) -> Attribute:
        """The attribute called ``name``; ``KeyError`` if there is none."""
        for item in self.attributes:
            if item.name == name:
                return item
        raise KeyError(name)

    @property
    def household_column(self) -> str | None:
        """The column with the household a row belongs to, if rows belong to one: whom it says something about."""
        return HOUSEHOLD if any(item.column == HOUSEHOLD for item in self.attributes) else None

    def identifies(self, attribute: Attribute) -> bool:
        """Whether a value of ``attribute`` tells whom a row is about: a name, a number of a record, what is masked."""
        return (
            attribute.mask is not None
            or attribute.type is FieldType.NAME
            or attribute.name in self.key
            or attribute.column == self.household_column
        )

    @property
    def is_viewed(self) -> bool:
        """Whether it is read through a view, column by column: everything of the catalogue is."""
        return self.table.startswith("shown.") and not self.asked_about

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The columns that, after the county, tell rows apart."""
        return tuple(self.attribute(name).column for name in self.key)


def entities_of(catalogue: Catalogue) -> dict[str, Entity]:
    """Every dataset, and the sync runs, by name."""
    found = {dataset.name: _entity(catalogue, dataset) for dataset in catalogue}
    found[RUN] = _run_entity()
    found[RUN_DATASET] = _run_dataset_entity()
    found[QUARANTINE] = _quarantine_entity()
    found[FRESHNESS] = _freshness_entity()
    found[ALARM] = _alarm_entity()
    found.update({entity.name: entity for entity in _log_entities()})
    return found


def _entity(catalogue: Catalogue, dataset: Dataset) -> Entity:
    attributes = [
        Attribute(
            name=item.name,
            column=item.name,
            type=item.type,
            required=item.required,
            zh=item.zh,
            en=item.en,
            about=item.about,
            about_zh=item.about_zh,
            filterable=item.indexed or item.name in dataset.key,
            mask=item.mask,
            codes=item.codes,
            sensitivity=item.sensitivity,
            sharing=item.sharing,
        )
        for item in dataset.fields
    ]
    if has_household_column(dataset):
        attributes.append(
            _placed(
                HOUSEHOLD,
                HOUSEHOLD,
                FieldType.TEXT,
                ("所属户编号", "Household", "Household the hub found through the record's links."),
                required=False,
            )
        )
    if dataset.placement.region_field is None and not dataset.is_common:
        attributes.append(
            _placed(
                "region_code",
                REGION,
                FieldType.REGION_CODE,
                ("所属区划", "Region", "Region the hub placed the record in through its links."),
                required=True,
            )
        )
    return Entity(
        name=dataset.name,
        plural=dataset.plural,
        table=f"shown.{dataset.name}",
        zh=dataset.zh,
        about=dataset.about,
        about_zh=dataset.about_zh,
        key=dataset.key,
        attributes=tuple(attributes),
        relations=catalogue.relations(dataset.name),
        placed=not dataset.is_common,
        sourced=dataset.is_sourced or not dataset.is_computed,
        agency=dataset.agency,
        of_rule=dataset.of_rule,
    )


def _placed(name: str, column: str, kind: FieldType, words: tuple[str, str, str], *, required: bool) -> Attribute:
    zh, en, about = words
    about_zh = f"枢纽按关联推定的{zh}。"
    return Attribute(name, column, kind, required, zh, en, about, about_zh, filterable=True, is_placed=True)


def _own(
    name: str, kind: FieldType, zh: str, about: str, *, required: bool = True, filterable: bool = False
) -> Attribute:
    return Attribute(name, name, kind, required, zh, about, f"{about}.", f"{zh}。", filterable=filterable)


def _run_entity() -> Entity:
    text, instant = FieldType.TEXT, FieldType.TIMESTAMP
    return Entity(
        name=RUN,
        plural="sync_runs",
        table="sync.run",
        zh="同步",
        about="One sync of one agency: what was fetched and what became of it.",
        about_zh="一个部门的一次同步及其结果。",
        key=("run_id",),
        attributes=(
            _own("run_id", FieldType.INTEGER, "同步编号", "Number of the run", filterable=True),
            _own("agency", text, "部门", "Agency: BANK, FINANCE or RELIEF", filterable=True),
            _own("kind", text, "类型", "SYNC, BACKFILL, CORRECTION or LINK", filterable=True),
            _own("state", text, "状态", "RUNNING, DONE or FAILED", filterable=True),
            _own("started_at", instant, "开始时间", "When the run began", filterable=True),
            _own("finished_at", instant, "结束时间", "When the run ended", required=False),
            _own("error_code", text, "错误代码", "Why a failed run failed, as a stable code", required=False),
            _own("error_message", text, "错误说明", "Why a failed run failed, in a sentence", required=False),
            _own("error_hint", text, "处理建议", "What to do about a failed run", required=False),
        ),
        relations=(Relation(RUN, "datasets", "数据集计数", RUN_DATASET, (("run_id", "run_id"),), many=True),),
        placed=False,
        sourced=False,
        newest_first=True,
    )


def _run_dataset_entity() -> Entity:
    counts = (
        ("fetched", "读取行数", "Rows fetched"),
        ("accepted", "接受行数", "Rows accepted"),
        ("quarantined", "隔离行数", "Rows in quarantine"),
        ("inserted", "新增行数", "Rows inserted"),
        ("changed", "变更行数", "Rows changed"),
        ("unchanged", "未变行数", "Rows unchanged"),
        ("withdrawn", "撤回行数", "Rows withdrawn"),
        ("late", "迟到行数", "Of the unchanged, rows older than what is known"),
    )
    return Entity(
        name=RUN_DATASET,
        plural="sync_run_datasets",
        table="sync.dataset_run",
        zh="数据集计数",
        about="What one run did to one dataset: fetched = accepted + quarantined, "
        "inserted + changed + unchanged = accepted.",
        about_zh="一次同步对一个数据集的处理结果。",
        key=("run_id", "dataset"),
        attributes=(
            _own("run_id", FieldType.INTEGER, "同步编号", "Number of the run", filterable=True),
            _own("dataset", FieldType.TEXT, "数据集", "Name of the dataset", filterable=True),
            *(_own(name, FieldType.INTEGER, zh, about) for name, zh, about in counts),
            _own("content_digest", FieldType.TEXT, "内容摘要", "Digest of all rows the dataset held after the run"),
            _own("milliseconds", FieldType.INTEGER, "耗时(毫秒)", "Milliseconds it took"),
        ),
        placed=False,
        sourced=False,
    )


def _quarantine_entity() -> Entity:
    text, instant, integer = FieldType.TEXT, FieldType.TIMESTAMP, FieldType.INTEGER
    return Entity(
        name=QUARANTINE,
        plural="quarantine",
        table="sync.quarantine",
        zh="隔离清单",
        about="One row that did not pass its contract, as work to do: where it stands and why, none of its values.",
        about_zh="未通过校验的一行数据:位置与原因,不含原值。",
        key=("entry_id",),
        attributes=(
            _own("entry_id", integer, "编号", "Number of the entry", filterable=True),
            _own("run_id", integer, "同步编号", "Run that brought it first", filterable=True),
            _own("agency", text, "部门", "Agency: BANK, FINANCE or RELIEF", filterable=True),
            _own("dataset", text, "数据集", "Dataset the row is meant for", filterable=True),
            _own("delivery", text, "来源", "File, table or endpoint it came with", required=False),
            _own("source_row", integer, "行号", "Row in it"),
            _own("cell", text, "单元格", "Cell in it, such as 支付明细!F17"),
            _own("field", text, "数据项", "Field of the dataset"),
            _own("code", text, "原因代码", "Why, as a stable code", filterable=True),
            _own("reason", text, "原因", "Why, in a sentence"),
            _own("advice", text, "处理建议", "What to do about it first", required=False),
            _own("state", text, "状态", "OPEN, CLOSED, CORRECTED, REPLAYED or DISMISSED", filterable=True),
            _own("opened_at", instant, "发现时间", "When it was found", required=False, filterable=True),
            _own("closed_at", instant, "关闭时间", "When it was settled", required=False),
            _own("closed_in", integer, "关闭批次", "Run that settled it", required=False),
        ),
        placed=False,
        sourced=False,
    )


def _freshness_entity() -> Entity:
    text, instant, integer = FieldType.TEXT, FieldType.TIMESTAMP, FieldType.INTEGER
    return Entity(
        name=FRESHNESS,
        plural="freshness",
        table="sync.freshness",
        zh="数据时效",
        about="How fresh a dataset is: when it was read last, when it last brought something new, as of when it tells.",
        about_zh="数据集最近一次读取、最近一次更新及所述时点。",
        key=("dataset",),
        attributes=(
            _own("dataset", text, "数据集", "Name of the dataset", filterable=True),
            _own("agency", text, "部门", "Agency: BANK, FINANCE or RELIEF", filterable=True),
            _own("run_id", integer, "同步编号", "Run that read it last"),
            _own("read_at", instant, "读取时间", "When it was read last", filterable=True),
            _own("fetched", integer, "读取行数", "Rows it held then"),
            _own("changed_at", instant, "更新时间", "When it last brought something new", required=False),
            _own("as_of", instant, "所述时点", "Newest moment a delivery told of, if it says so", required=False),
        ),
        placed=False,
        sourced=False,
    )


def _alarm_entity() -> Entity:
    text, instant = FieldType.TEXT, FieldType.TIMESTAMP
    return Entity(
        name=ALARM,
        plural="sync_alarms",
        table="sync.alarm",
        zh="同步预警",
        about="Something that is not as it usually is: a run or delivery that is late, refused, or much smaller.",
        about_zh="同步迟到、被拒或数据量异常的预警。",
        key=("alarm_id",),
        attributes=(
            _own("alarm_id", FieldType.INTEGER, "编号", "Number of the alarm", filterable=True),
            _own("kind", text, "类型", "RUN_LATE, RUN_REFUSED, DELIVERY_LATE or DELIVERY_SHRUNK", filterable=True),
            _own("agency", text, "部门", "Agency: BANK, FINANCE or RELIEF", filterable=True),
            _own("dataset", text, "数据集", "Dataset, where it is about one", required=False, filterable=True),
            _own("message", text, "说明", "What is not as usual"),
            _own("raised_at", instant, "发出时间", "When it was raised", filterable=True),
            _own("cleared_at", instant, "解除时间", "When it was over", required=False, filterable=True),
        ),
        placed=False,
        sourced=False,
        newest_first=True,
    )


def _log_entities() -> tuple[Entity, ...]:
    return (
        _of_log(
            (DISCLOSURE, "disclosures", "披露日志"),
            (
                "One answer or refusal that left the hub: who was told what, and what for.",
                "一次答复或拒绝:何人因何获知何数据。",
            ),
            ("disclosed_at", "entry_id"),
            (*_ENTRY, *_ENTRY_FOR_AUDITORS),
        ),
        _of_log(
            (DISCLOSURE_ABOUT, "disclosures_about", "户信息披露记录"),
            ("Who was told something about one household, and what for.", "何人因何查看了某户的信息。"),
            ("disclosed_at", "entry_id"),
            _ENTRY,
            asked_about=True,
        ),
        _of_log(
            (CHECKPOINT, "checkpoints", "日志检查点"),
            ("The signed root of the disclosure log at one size.", "披露日志在某一规模时的签名树根。"),
            ("checkpoint_id",),
            (
                _own("checkpoint_id", FieldType.INTEGER, "编号", "Number of the checkpoint", filterable=True),
                _own("size", FieldType.INTEGER, "条数", "How many entries it covers", filterable=True),
                _own("root", FieldType.TEXT, "树根", "Root of the tree, in base64"),
                _own("signed_at", FieldType.TIMESTAMP, "签名时间", "When it was signed", filterable=True),
            ),
            (Relation(CHECKPOINT, "cosignatures", "见证签名", COSIGNATURE, (("size", "size"),), many=True),),
        ),
        _of_log(
            (COSIGNATURE, "cosignatures", "见证签名"),
            ("A witness's word that a checkpoint continues what it saw before.", "见证方对检查点连续性的签名。"),
            ("cosignature_id",),
            (
                _own("cosignature_id", FieldType.INTEGER, "编号", "Number of the cosignature", filterable=True),
                _own("witness", FieldType.TEXT, "见证方", "Name of the witness", filterable=True),
                _own("size", FieldType.INTEGER, "条数", "Size of the checkpoint it is about", filterable=True),
                _own("cosigned_at", FieldType.TIMESTAMP, "签名时间", "When, by the witness's clock", filterable=True),
                _own("received_at", FieldType.TIMESTAMP, "收到时间", "When it arrived", filterable=True),
            ),
        ),
        _of_log(
            (DISAGREEMENT, "disagreements", "见证异议"),
            ("A witness's word that the log is no continuation of what it saw before.", "见证方对日志连续性的异议。"),
            ("disagreement_id",),
            (
                _own("disagreement_id", FieldType.INTEGER, "编号", "Number of the objection", filterable=True),
                _own("witness", FieldType.TEXT, "见证方", "Name of the witness", filterable=True),
                _own("report", FieldType.TEXT, "异议内容", "What it says, as it signed it"),
                _own("reported_at", FieldType.TIMESTAMP, "提出时间", "When, by the witness's clock", filterable=True),
                _own("received_at", FieldType.TIMESTAMP, "收到时间", "When it arrived", filterable=True),
            ),
        ),
        _log_alarm_entity(),
    )


def _log_alarm_entity() -> Entity:
    text = FieldType.TEXT
    return _of_log(
        (LOG_ALARM, "log_alarms", "披露预警"),
        ("An hour in which somebody was told of households in an unusual way.", "某小时内异常的信息获取。"),
        ("hour", "kind", "client", "staff"),
        (
            _own("hour", FieldType.TIMESTAMP, "小时", "Hour it is about", filterable=True),
            _own("kind", text, "类型", "HOUSEHOLDS_UNUSUAL, NUMBERS_IN_SEQUENCE or OFF_HOURS", filterable=True),
            _own("client", text, "客户端", "Client, empty if there is none", filterable=True),
            _own("staff", text, "操作人员", "Person, empty if there is none", filterable=True),
            _own("message", text, "说明", "What is unusual"),
            _own("raised_at", FieldType.TIMESTAMP, "发出时间", "When it was raised"),
        ),
    )


def _of_log(
    names: tuple[str, str, str],
    about: tuple[str, str],
    key: tuple[str, ...],
    attributes: tuple[Attribute, ...],
    relations: tuple[Relation, ...] = (),
    *,
    asked_about: bool = False,
) -> Entity:
    name, plural, zh = names
    return Entity(
        name=name,
        plural=plural,
        table=f"shown.{plural if asked_about else name}",
        zh=zh,
        about=about[0],
        about_zh=about[1],
        key=key,
        attributes=attributes,
        relations=relations,
        placed=False,
        sourced=False,
        newest_first=True,
        asked_about=asked_about,
    )


# What of an entry the household concerned may know too.
_ENTRY = (
    _own("disclosed_at", FieldType.TIMESTAMP, "披露时间", "When it left the hub", filterable=True),
    _own("entry_id", FieldType.TEXT, "日志编号", "Id of the entry, as receipts name it"),
    _own("disclosed_on", FieldType.DATE, "披露日期", "Day on which it left the hub, by Beijing time"),
    _own("door", FieldType.TEXT, "途径", "GRAPHQL, EXPORT, PAGE, EVENTS, SHELL or COMMAND"),
    _own("client", FieldType.TEXT, "客户端", "Client that asked", required=False, filterable=True),
    _own("staff", FieldType.TEXT, "操作人员", "Person who asked through it", required=False, filterable=True),
    _own("role", FieldType.TEXT, "角色", "Role of the asker", required=False, filterable=True),
    _own("agency", FieldType.TEXT, "部门", "Agency it speaks for", required=False, filterable=True),
    _own("purpose", FieldType.TEXT, "用途", "What it was wanted for", required=False, filterable=True),
    _own("agreements", FieldType.WORDS, "共享协议", "Sharing agreements it was told under", filterable=True),
    _own("operation_name", FieldType.TEXT, "操作名称", "Name the question has itself", required=False),
    _own("datasets", FieldType.WORDS, "数据集", "Datasets it told of", filterable=True),
    _own("fields", FieldType.WORDS, "明文数据项", "Fields shown in clear", filterable=True),
    _own("masked", FieldType.WORDS, "脱敏数据项", "Fields shown in part", filterable=True),
)
_ENTRY_FOR_AUDITORS = (
    _own("outcome", FieldType.TEXT, "结果", "ANSWERED, REFUSED or FAILED", filterable=True),
    _own(
        "code", FieldType.TEXT, "原因代码", "Why it was not answered, as a stable code", required=False, filterable=True
    ),
    _own("dataset", FieldType.TEXT, "主数据集", "The dataset asked for first", required=False, filterable=True),
    _own("client_region", FieldType.TEXT, "区划范围", "Region the asker may see", required=False, filterable=True),
    _own("row_count", FieldType.INTEGER, "行数", "How many rows it told", filterable=True),
    _own("households", FieldType.INTEGER, "涉及户数", "How many households it was about", filterable=True),
    _own("part", FieldType.INTEGER, "分段", "Which piece, of what left in pieces; else 0"),
    _own("request_id", FieldType.TEXT, "请求编号", "Id of the request, as its answer names it"),
    _own("operation_digest", FieldType.TEXT, "操作摘要", "SHA-256 of the question's text", required=False),
    _own("request_digest", FieldType.TEXT, "请求摘要", "SHA-256 of the request", required=False),
    _own("response_digest", FieldType.TEXT, "答复摘要", "SHA-256 of the answer", required=False),
)


__all__ = ["COUNTY", "FINDING", "OWN_WORK", "RUN", "RUN_DATASET", "Attribute", "Entity", "Relation", "entities_of"]
