"""Code lists that findings, their events and the rules share."""

from hub.catalog.field import Code

KIND = {"FAULT": Code("Fault", "疑点"), "WARNING": Code("Warning", "预警")}
SEVERITY = {
    "HIGH": Code("Act within 3 days", "高(3天)"),
    "MEDIUM": Code("Act within 15 days", "中(15天)"),
    "LOW": Code("Act within 30 days", "低(30天)"),
}
DISPOSAL = {
    "COLLECT": Code("Collect as agreed", "正常收回"),
    "RENEW": Code("Renew", "续贷"),
    "EXTEND": Code("Extend", "展期"),
    "NEGOTIATE": Code("Agree on repayment", "协商还款"),
    "ENTERPRISE_EXIT": Code("The enterprise returns the money and leaves", "企业退出"),
    "COMPENSATE": Code("Risk compensation", "风险补偿"),
    "SUE": Code("Collect by law", "依法清收"),
    "WRITE_OFF": Code("Write off, the claim stays", "核销"),
    "PAY": Code("Pay what is owed", "补付"),
    "RECLAIM": Code("Take back what was overpaid", "追回"),
    "CORRECT": Code("Look into it and correct the record", "核实更正"),
}
AGENCY = {
    "BANK": Code("Rural commercial bank", "农商行"),
    "FINANCE": Code("Finance bureau", "财政局"),
    "RELIEF": Code("Relief bureau", "生态移民局(扶贫办)"),
}
STATE = {
    "OPEN": Code("Open", "待处理"),
    "ASSIGNED": Code("Assigned", "已分派"),
    "EXPLAINED": Code("Explained", "已说明"),
    "DECIDED": Code("Decided", "已处置"),
    "CLOSED": Code("Closed: the records no longer say so", "已关闭"),
}
EVENT = {
    "OPENED": Code("Opened by a rule", "发现"),
    "ESCALATED": Code("Became more severe", "升级"),
    "CLOSED": Code("Closed: the records no longer say so", "关闭"),
    "REOPENED": Code("Opened again: the records say so again", "重开"),
    "COMMENTED": Code("Comment", "备注"),
    "ASSIGNED": Code("Given to somebody", "分派"),
    "EXPLAINED": Code("Explained", "说明"),
    "DECIDED": Code("Disposal decided", "处置决定"),
}
STANDING = {
    "RUNS": Code("Runs", "运行"),
    "PARTIAL": Code("Runs; a source it also needs is not connected", "部分运行"),
    "WAITS": Code("Waits for a source that is not connected", "待接入数据"),
    "NOT_CONFIGURED": Code("Waits for a parameter that nobody has set", "参数未设定"),
    "OFF": Code("Switched off", "已停用"),
    "COVERED": Code("Other rules open the findings", "由其他规则覆盖"),
    "FIGURE": Code("Asks for a figure that the interface answers", "以指标回答"),
    "FAILED": Code("Could not be run; its findings stand as they were", "运行失败"),
}
