// The counties of Zhuzhou by their foreign trade, with the phrase behind each figure. Every name below is checked against
// the service's own description: a mistyped parameter or column does not compile.
import createClient from "openapi-fetch";
import type { paths } from "./api.js";

const api = createClient<paths, "application/json" | "application/problem+json">({
  baseUrl: process.env.SERVICE ?? "http://127.0.0.1:8000",
  querySerializer: { array: { style: "form", explode: false } }, // lists are comma-separated
});

type Query = NonNullable<paths["/api/v1/observations"]["get"]["parameters"]["query"]>;
const query: Query = { indicator: ["TRADE_TOTAL"], within: "430200", kind: ["county"], year: ["2024"], ordering: "-value", include: ["citations"], lang: "en" };

const { data, error } = await api.GET("/api/v1/observations", { params: { query } });
if (error) throw new Error(error.errors?.map((wrong) => `${wrong.parameter}: ${wrong.message}`).join("; ") ?? error.detail);

for (const row of data.results) {
  const phrases = row.citations?.map((citation) => citation.exact) ?? [];
  console.log([row.region_name, row.value, row.unit_name, ...phrases].join("\t"));
}
