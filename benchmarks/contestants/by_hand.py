"""FastAPI with asyncpg and orjson, written by hand for this one question as well as we can: labels in memory, the ceiling's statement
and its rows. It is what an application costs that answers no more than it is asked: no parameter is checked, nothing is
limited, and an answer has no ETag, no links and no language but one.
"""

import os
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI, Response

from benchmarks.contestants.ceiling import LABELS, SLUGS, TABLES, VERSIONS, Labels


@asynccontextmanager
async def lifespan(app: FastAPI):
    planned = {"plan_cache_mode": "force_custom_plan"}
    app.state.pool = pool = await asyncpg.create_pool(
        os.environ["DATABASE_URL"], min_size=4, max_size=4, server_settings=planned
    )
    tables = [await pool.fetch(LABELS.format(table)) for table in TABLES]
    app.state.labels = Labels(tables, await pool.fetch(SLUGS), await pool.fetch(VERSIONS))
    yield
    await pool.close()


app = FastAPI(lifespan=lifespan)


@app.get("/observations")
async def observations(indicator: str = "", region: str = "", first_year: str = "0000", last_year: str = "9999"):
    question = {
        "indicator": indicator.split(",") if indicator else [], "region": region.split(",") if region else [],
        "first": first_year, "last": last_year,
    }  # fmt: skip
    statement, parameters = app.state.labels.statement(question, "${}".format)
    async with app.state.pool.acquire() as connection:
        rows = await connection.fetch(statement, *parameters)
    return Response(app.state.labels.page(rows), media_type="application/json")
