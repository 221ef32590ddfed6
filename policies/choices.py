"""The closed lists of the policy model."""

from django.db import models

from sources.bilingual import both


class ActorKind(models.TextChoices):
    GOVERNMENT = "government", both("政府", "government")
    INSTITUTION = "institution", both("机构", "institution")
    ENTERPRISE = "enterprise", both("企业", "enterprise")
    ASSOCIATION = "association", both("协会", "association")
    PLATFORM = "platform", both("平台", "platform")


class Level(models.TextChoices):
    NATIONAL = "national", both("国家级", "national")
    INTERPROVINCIAL = "interprovincial", both("跨省", "interprovincial")
    PROVINCIAL = "provincial", both("省级", "provincial")
    PREFECTURE = "prefecture", both("地市级", "prefecture")
    COUNTY = "county", both("县级", "county")
    ZONE = "zone", both("园区", "zone")


class DocumentKind(models.TextChoices):
    PLAN = "plan", both("方案", "plan")
    OPINION = "opinion", both("意见", "opinion")
    MEASURES = "measures", both("措施", "measures")
    REPORT = "report", both("报道", "report")
    CAMPAIGN = "campaign", both("行动", "campaign")
    AGREEMENT = "agreement", both("协议", "agreement")
    LIST = "list", both("清单", "list")
    STUDY = "study", both("研究", "study")


class MeasureKind(models.TextChoices):
    """A task is one of those that its plan counts; a theme is a direction of a plan, under which it has several tasks."""

    TASK = "task", both("试验任务", "task")
    THEME = "theme", both("任务方向", "theme")
    FIRST_IN_NATION = "first_in_nation", both("全国首创", "first in the nation")
    ACTION = "action", both("行动", "action")
    RECOMMENDATION = "recommendation", both("建议", "recommendation")
    PLATFORM = "platform", both("平台", "platform")
    INSTRUMENT = "instrument", both("工具", "instrument")


class EventType(models.TextChoices):
    PROPOSED = "proposed", both("提出", "proposed")
    ANNOUNCED = "announced", both("公布", "announced")
    PILOTING = "piloting", both("试点", "piloting")
    IN_FORCE = "in_force", both("实施", "in force")
    AMENDED = "amended", both("修订", "amended")
    COMPLETED = "completed", both("完成", "completed")
    REPLICATED = "replicated", both("复制推广", "replicated")
    WITHDRAWN = "withdrawn", both("撤销", "withdrawn")


class Status(models.TextChoices):
    """Where a measure stands: the type of its latest event that changes standing (an amendment does not)."""

    PROPOSED = "proposed", both("提出", "proposed")
    ANNOUNCED = "announced", both("公布", "announced")
    PILOTING = "piloting", both("试点", "piloting")
    IN_FORCE = "in_force", both("实施中", "in force")
    COMPLETED = "completed", both("已完成", "completed")
    REPLICATED = "replicated", both("已复制推广", "replicated")
    WITHDRAWN = "withdrawn", both("已撤销", "withdrawn")


class RegionRole(models.TextChoices):
    TARGET = "target", both("实施地", "where it applies")
    ACTOR = "actor", both("实施主体", "who carries it out")
    PARTNER = "partner", both("合作方", "partner")
    ORIGIN = "origin", both("来源地", "where it comes from")


class Direction(models.TextChoices):
    UP = "up", both("提高", "to raise")
    DOWN = "down", both("降低", "to lower")
    MAINTAIN = "maintain", both("保持", "to hold")


class Need(models.TextChoices):
    """What an enterprise or a place lacks that a measure offers."""

    LOGISTICS = "logistics", both("物流", "logistics")
    CUSTOMS = "customs", both("通关", "customs")
    FINANCE = "finance", both("资金", "finance")
    MARKET = "market", both("市场", "market")
    BRAND = "brand", both("品牌", "brand")
    TALENT = "talent", both("人才", "talent")
    TECHNOLOGY = "technology", both("技术", "technology")
    LAND = "land", both("用地", "land")
    DATA = "data", both("数据", "data")
    SERVICES = "services", both("服务", "services")
    POLICY = "policy", both("政策", "policy")
    COST = "cost", both("成本", "cost")


class RelationType(models.TextChoices):
    IMPLEMENTS = "implements", both("落实", "implements")
    REPLICATES = "replicates", both("复制", "replicates")
    SUPERSEDES = "supersedes", both("取代", "supersedes")
    DERIVED_FROM = "derived_from", both("源于", "derived from")
    LEGAL_BASIS = "legal_basis", both("依据", "legal basis")
