"""Every curated table: its columns in file order, what identifies a row, and the rules that a row must keep.

One description serves reading files, validation, differences, publishing, history and writing files back.
"""

from __future__ import annotations

from django.db import models

from curation.tables import rules
from curation.tables.columns import Boolean, Choice, Choices, CuratedColumn, Day, Factor, Integer, VagueDay
from curation.tables.observations import OBSERVATIONS
from curation.tables.references import Either, Ref, Refs, RoledRefs
from curation.tables.table import CuratedTable, citations, member_of, needed, text
from indicators.codes import INDUSTRY
from indicators.models import Category, Check, CheckTerm, Indicator, IndustryTier, Scheme, Topic, Unit
from policies.choices import Direction, Need, RegionRole
from policies.models import Actor, Document, Domain, Event, Instrument, Measure, Relation
from regions.models import Membership, Region, Succession
from sources.models import Citation, Source, Synonym

# In the order in which they have to be read: each refers only to those above it and to itself.
TABLES: tuple[CuratedTable, ...] = (
    CuratedTable(
        "sources", Source, key=("slug",), file="sources.yaml",
        columns=(
            *needed("slug"), Choice("kind", required=True), *needed("title_zh", "title_en"), *text("authors"),
            *text("publisher_zh", "publisher_en"), VagueDay("issued"), *text("doi", "url", "language", "licence"),
            Boolean("is_official"), *text("sha256"), Integer("length"), *text("notes_zh", "notes_en"),
        ),
        rules=(rules.code_is_lower_case, rules.sha256_is_hexadecimal),
    ),
    CuratedTable(
        "citations", Citation,
        columns=(
            *needed("code"), Ref("source", required=True, to=Source, by="slug"), *text("section"), *needed("exact"),
            Integer("start", required=True), Integer("end", required=True), Choice("role", required=True),
            Choice("assertion", required=True), *text("note_zh", "note_en"),
        ),
        rules=(rules.citation_code_follows, rules.citation_spans_its_phrase),
    ),
    CuratedTable(
        "synonyms", Synonym,
        columns=(*needed("code", "words"), *text("note_zh", "note_en")),
        rules=(rules.code_is_lower_case, rules.synonyms_are_several),
    ),
    CuratedTable(
        "topics", Topic,
        columns=(*needed("code", "name_zh", "name_en"), Integer("order", required=True)),
        rules=(rules.code_is_upper_case, rules.topic_is_not_everything),
    ),
    CuratedTable(
        "units", Unit,
        columns=(
            *needed("code"), *text("symbol_zh", "symbol_en"), *needed("name_zh", "name_en"),
            CuratedColumn("dimension", required=True, lasting=""), Factor("factor", required=True),
        ),
        rules=(rules.factor_is_positive, rules.code_is_upper_case,),
    ),
    CuratedTable("schemes", Scheme, columns=needed("code", "name_zh", "name_en"), rules=(rules.code_is_upper_case,)),
    CuratedTable(
        "categories", Category, apart_from=Region,
        columns=(
            Ref("scheme", required=True, lasting="code", to=Scheme), *needed("code"), Ref("parent", to=Category),
            *needed("name_zh", "name_en"), *text("other_names"),
            *text("gbt4754"), Choice("gbt4754_relation"), *text("hs"), Choice("hs_relation"),
        ),
        rules=(rules.not_its_own_parent, rules.code_is_upper_case, rules.standard_codes_say_their_relation),
    ),
    CuratedTable(
        "regions", Region, apart_from=Category,
        columns=(
            *needed("code"), Choice("kind", required=True), Ref("parent", to=Region), *needed("name_zh", "name_en"),
            *text("short_zh", "short_en", "other_names"), Day("valid_from"), Day("valid_to"), Boolean("is_aggregate"),
            Boolean("members_complete", nullable=True), *text("note_zh", "note_en"), citations(),
        ),
        rules=(rules.not_its_own_parent, rules.region_code_is_known_style, rules.valid_to_is_after_valid_from),
    ),
    CuratedTable(
        "memberships", Membership, key=("group", "member", "valid_from"),
        columns=(
            Ref("group", required=True, to=Region), Ref("member", required=True, to=Region), Day("valid_from"),
            Day("valid_to"), citations(),
        ),
        rules=(rules.not_a_member_of_itself, rules.valid_to_is_after_valid_from,),
    ),
    CuratedTable(
        "successions", Succession, key=("predecessor", "successor"),
        columns=(
            Ref("predecessor", required=True, to=Region), Ref("successor", required=True, to=Region),
            Day("date", required=True), Choice("kind", required=True), *text("note_zh", "note_en"),
        ),
    ),
    CuratedTable(
        "indicators", Indicator,
        columns=(
            *needed("code"), Ref("topic", required=True, to=Topic),
            *needed("name_zh", "name_en", "definition_zh", "definition_en"),
            Ref("unit", required=True, lasting="dimension", to=Unit),
            *text("counter_zh", "counter_en"), Integer("decimals", required=True), Choice("kind", required=True),
            Choice("aggregation", required=True), Choice("price_basis"), Choice("higher_is", required=True),
            Boolean("headline"), *text("note_zh", "note_en", "other_names"), citations(),
        ),
        rules=(rules.decimals_in_range, rules.code_is_upper_case,),
    ),
    OBSERVATIONS,
    CuratedTable(
        "industry_tiers", IndustryTier, key=("region", "industry"),
        columns=(
            Ref("region", required=True, to=Region), Ref("industry", required=True, to=Category, only=member_of(INDUSTRY)),
            Choice("tier", required=True),
            *text("note_zh", "note_en"), citations(),
        ),
        rules=(rules.is_cited,),
    ),
    CuratedTable(
        "checks", Check,
        columns=(
            *needed("code"), Choice("kind", required=True), *needed("name_zh", "name_en"), *text("note_zh", "note_en"),
        ),
        rules=(rules.code_is_lower_case,),
    ),
    CuratedTable(
        "check_terms", CheckTerm, key=("check", "role", "ordinal"),
        columns=(
            Ref("check", required=True, attribute="check_of", to=Check), Choice("role", required=True),
            Integer("ordinal", required=True), *needed("series", "period"),
        ),
    ),
    CuratedTable(
        "actors", Actor, columns=(*needed("code"), Choice("kind", required=True), *needed("name_zh", "name_en")),
        rules=(rules.code_is_lower_case,),
    ),
    CuratedTable("instruments", Instrument, columns=needed("code", "name_zh", "name_en"), rules=(rules.code_is_lower_case,)),
    CuratedTable(
        "documents", Document, file="documents.yaml",
        columns=(
            *needed("code"), Choice("kind", required=True), *needed("title_zh", "title_en"), *text("number"),
            Ref("issuer", to=Actor), Choice("level"), VagueDay("issued"),
            Ref("source", required=True, to=Source, by="slug"), citations(),
            *text("note_zh", "note_en", "total_series"),
        ),
        rules=(rules.code_is_lower_case,),
    ),
    CuratedTable(
        "domains", Domain,
        columns=(
            *needed("code"), Ref("document", required=True, to=Document), Integer("ordinal", required=True),
            *needed("name_zh", "name_en"), Integer("task_count"), citations(),
        ),
        rules=(rules.code_is_lower_case, rules.claim_is_cited),
    ),
    CuratedTable(
        "measures", Measure,
        columns=(
            *needed("code"), Choice("kind", required=True), Ref("document", required=True, to=Document),
            Ref("domain", to=Domain, looked_into=True), Ref("parent", to=Measure),
            *needed("title_zh", "title_en", "summary_zh", "summary_en"), Choice("level", required=True),
            Refs("actors", to=Actor), Refs("instruments", to=Instrument),
            RoledRefs("regions", to=Region, links="region_links", end="region", role="role", roles=RegionRole),
            Refs("industries", to=Category, only=member_of(INDUSTRY)),
            RoledRefs(
                "indicators", to=Indicator, links="indicator_links", end="indicator", role="direction", roles=Direction
            ),
            Choices("needs", choices=Need), citations(), Integer("ordinal"),
        ),
        rules=(rules.not_its_own_parent, rules.code_is_lower_case, rules.domain_is_of_document, rules.is_cited),
    ),
    CuratedTable(
        "events", Event, key=("measure", "type", "date", "region"),
        columns=(
            Ref("measure", required=True, to=Measure), Choice("type", required=True),
            VagueDay("date", attribute="edtf"), Ref("region", to=Region), citations(),
            *text("note_zh", "note_en", "batch"),
        ),
        rules=(rules.is_cited,),
    ),
    CuratedTable(
        "relations", Relation, key=("from", "type", "to"),
        columns=(
            Either(
                "from", required=True,
                ends=(("measure", "from_measure", Measure), ("document", "from_document", Document)),
            ),
            Choice("type", required=True),
            Either(
                "to", required=True, ends=(("measure", "to_measure", Measure), ("document", "to_document", Document))
            ),
            citations(),
        ),
        rules=(rules.not_related_to_itself,),
    ),
)  # fmt: skip

BY_NAME = {table.name: table for table in TABLES}
BY_MODEL = {table.model: table for table in TABLES}


def table_of(model: type[models.Model]) -> CuratedTable:
    """The table of a model. Raises KeyError for a model that is not curated."""
    return BY_MODEL[model]
