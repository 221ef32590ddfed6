"""FastAPI with asyncpg and orjson, written by hand for this one question: a join, and rows straight into JSON."""

import os
from contextlib import asynccontextmanager

import asyncpg
import orjson
from fastapi import FastAPI, Response

SQL = """
    SELECT o.id, s.key AS series, i.code AS indicator, i.name_zh AS indicator_name, r.code AS region,
        r.name_zh AS region_name, ind.code AS industry, ind.name_zh AS industry_name, p.code AS product,
        p.name_zh AS product_name, pa.code AS partner, pa.name_zh AS partner_name, t.code AS trade_mode,
        t.name_zh AS trade_mode_name, s.variant, o.period, o.value::float8 AS value, u.code AS unit, u.name_zh AS unit_name,
        o.status, o.qualifier, src.slug AS source, rel.version AS release
    FROM indicators_observation o
    JOIN indicators_series s ON s.id = o.series_id
    JOIN indicators_indicator i ON i.id = s.indicator_id
    JOIN regions_region r ON r.id = s.region_id
    LEFT JOIN indicators_category ind ON ind.id = s.industry_id
    LEFT JOIN indicators_category p ON p.id = s.product_id
    LEFT JOIN regions_region pa ON pa.id = s.partner_id
    LEFT JOIN indicators_category t ON t.id = s.trade_mode_id
    JOIN indicators_unit u ON u.id = o.unit_id
    JOIN sources_source src ON src.id = o.source_id
    JOIN sources_release rel ON rel.id = o.released_id
    WHERE o.retired_id IS NULL AND s.variant = ''
        AND ($1::text[] IS NULL OR i.code = ANY($1)) AND ($2::text[] IS NULL OR r.code = ANY($2))
        AND o.period >= $3 AND o.period <= $4
    ORDER BY s.key, o.period, o.id LIMIT 1001
"""


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=4, max_size=4)
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=lifespan)


@app.get("/observations")
async def observations(indicator: str = "", region: str = "", first_year: str = "0000", last_year: str = "9999"):
    async with app.state.pool.acquire() as connection:
        rows = await connection.fetch(
            SQL,
            indicator.split(",") if indicator else None,
            region.split(",") if region else None,
            first_year,
            last_year,
        )
    return Response(
        orjson.dumps({"count": None, "results": [dict(row) for row in rows]}), media_type="application/json"
    )
