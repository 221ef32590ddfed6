"""The names of the columns of an observation's row, in their order, as they have been promised."""

STANDARD_NAMES = [
    "id", "series", "indicator", "indicator_name", "region", "region_name", "industry", "industry_name", "product",
    "product_name", "partner", "partner_name", "trade_mode", "trade_mode_name", "whole", "whole_name", "variant",
    "period", "value", "unit",
    "unit_name", "status", "status_name", "qualifier", "qualifier_name", "period_basis", "period_basis_name", "source", "source_title",
    "release",
]  # fmt: skip
FULL_NAMES = [
    *STANDARD_NAMES, "frequency", "frequency_name", "accumulation", "accumulation_name", "period_start", "period_end", "decimals", "text",
    "citation_count", "updated", "note",
]  # fmt: skip
