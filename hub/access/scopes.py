"""The vocabulary of scopes, generated from the catalogue: what a token may be narrowed to.

Three for each dataset: ``loan:read`` for what identifies nobody, ``loan:personal`` for personal items and the visible
part of masked ones, ``loan:clear`` for masked items in full. A token without scopes is not narrowed: then the
agreements alone decide. Beside them ``finding:decide``, to say something about findings.
"""

from __future__ import annotations

from collections.abc import Iterator

from hub.catalog.field import Sensitivity
from hub.catalog.registry import Catalogue
from hub.query.entity import Attribute

READ, PERSONAL, CLEAR = "read", "personal", "clear"
# The only scope that lets anything be written.
DECIDE = "finding:decide"

_MEANINGS = {
    READ: ("what identifies nobody", "不能识别个人的数据项"),
    PERSONAL: ("personal items, and the visible part of masked ones", "个人信息项及脱敏项的可见部分"),
    CLEAR: ("masked items in full", "脱敏项的完整值"),
}


def scope_for(dataset: str, attribute: Attribute, *, in_clear: bool) -> str:
    """The scope that shows ``attribute``, of a masked one its full value if ``in_clear``."""
    if attribute.mask is not None:
        return f"{dataset}:{CLEAR if in_clear else PERSONAL}"
    return f"{dataset}:{PERSONAL if attribute.sensitivity >= Sensitivity.PERSONAL else READ}"


def vocabulary(catalogue: Catalogue) -> dict[str, str]:
    """Every scope with what it means, in both languages."""
    found = dict(_scopes(catalogue))
    if "finding" in catalogue:
        found[DECIDE] = "Finding: comment, assign, explain, decide. 疑点：备注、分派、说明、处置。"
    return found


def _scopes(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    for dataset in catalogue:
        kinds = [READ]
        if any(item.mask or item.sensitivity >= Sensitivity.PERSONAL for item in dataset.fields):
            kinds.append(PERSONAL)
        if any(item.mask for item in dataset.fields):
            kinds.append(CLEAR)
        for kind in kinds:
            en, zh = _MEANINGS[kind]
            yield f"{dataset.name}:{kind}", f"{dataset.en}: {en}. {dataset.zh}：{zh}。"
