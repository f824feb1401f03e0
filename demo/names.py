"""The lists invented names and wordings are drawn from."""

FAMILY = tuple("王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范")
GIVEN = tuple(
    "安邦宝斌才昌超成春聪达道德东恩发芳飞凤福刚光贵国海豪浩和恒红宏虹华辉慧吉佳嘉建江洁金锦进晶静娟军君俊康兰磊丽莲良亮林玲龙梅美敏明宁"
    "鹏平萍琪琴青清庆全泉仁荣蓉瑞森珊胜世树双顺思松涛婷伟文武希贤香祥晓新欣兴秀雪雅燕阳艳耀义英勇友玉媛远云泽珍正志忠竹卓"
)

# A few members of one people write a dot between the parts of their name.
DOTTED = ("阿木·约布", "吉克·拉惹", "沙马·阿依", "曲比·木呷", "阿依·古丽", "艾山·买买提")

CAUSES = ("缺资金", "缺技术", "因病", "因残", "因学", "缺劳力", "缺土地", "交通条件落后", "自身发展动力不足")
HEALTH = ("健康", "长期慢性病", "患有大病")
ETHNICITY = ("汉族", "布依族", "苗族", "彝族")
SCHOOLING = ("小学", "初中", "高中", "文盲或半文盲", "大专及以上")
RELATION_MALE = ("户主", "配偶", "之子", "之父")
RELATION_FEMALE = ("户主", "配偶", "之女", "之母")
LABOUR = ("丧失劳动力", "弱劳动力", "普通劳动力", "技能劳动力", "无劳动力")
POVERTY = ("未脱贫户", "已脱贫户", "返贫户", "监测户", "清退户", "绝户")
GRADES = ("AAA", "AA", "A", "B")
WHY_NOT = ("无贷款需求", "年龄超过规定", "无还款能力", "信用不良")

PURPOSES = ("养牛", "养猪", "种植食用菌", "种植薏仁米", "种植芭蕉芋", "养鸡", "种植烤烟", "种植柑橘", "农家乐", "小型加工")
LOAN_OFFICERS = tuple(f"{family}{given}" for family, given in zip("韦岑查陆贺龚邵毛邱秦", "乾坤震巽坎离艮兑震乾", strict=True))
EXTENSION_REASONS = ("养殖周期未结束", "受疫情影响销售困难", "遭受自然灾害", "务工返岗推迟")
RENEWAL_REASONS = ("产业仍需资金", "养殖周期较长", "扩大种植规模")

ENTERPRISE_WORDS = tuple("丰润 绿源 金穗 康达 瑞禾 恒兴 聚农 宏泰 云岭 盘江 万峰 山水 惠民 同心 永盛 新禾 嘉禾 启航 福地 华茂".split())
ENTERPRISE_TRADES = tuple("种植 养殖 食用菌 薏仁米 果蔬".split())
EVENT_PROOFS = ("死亡证明", "残疾人证及村级证明", "户籍注销证明", "村级灾情证明", "村级联系记录")
OFFICER_ROLES = ("包干责任人", "驻村工作队员", "村级信贷联络员")
