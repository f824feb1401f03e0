// PostGraphile 5 over the hub's tables: the token is verified on every request, and role and claims reach
// PostgreSQL through pgSettings, so that the same row security holds. Start: node server.mjs setup.json
import { createSecretKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import { PgAggregatesPreset } from "@graphile/pg-aggregates";
import { PgSimplifyInflectionPreset } from "@graphile/simplify-inflection";
import jsonwebtoken from "jsonwebtoken";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { jsonPgSmartTags } from "postgraphile/utils";
import { PostGraphileConnectionFilterPreset } from "postgraphile-plugin-connection-filter";

const setup = JSON.parse(readFileSync(process.argv[2], "utf8"));
const key = createSecretKey(Buffer.from(setup.secret)); // made once: from a text it is made on every call

// The tables have no foreign keys; these tags tell of the relations the catalogue declares.
const relations = jsonPgSmartTags({
  version: 1,
  config: {
    class: Object.fromEntries(
      Object.entries(setup.foreignKeys).map(([table, foreignKey]) => [table, { tags: { foreignKey } }]),
    ),
  },
});

function claimsOf(request) {
  const [kind, token] = (request.headers.authorization ?? "").split(" ");
  if (kind !== "Bearer") throw new Error("The request carries no bearer token.");
  const { county, region } = jsonwebtoken.verify(token, key, { algorithms: ["HS256"] });
  return {
    "hub.county": county,
    "hub.region_from": region,
    "hub.region_to": `${region}~`,
  };
}

const preset = {
  extends: [
    PostGraphileAmberPreset,
    PgSimplifyInflectionPreset,
    PostGraphileConnectionFilterPreset,
    PgAggregatesPreset,
  ],
  plugins: [relations],
  pgServices: [
    makePgService({
      poolConfig: { ...setup.database, max: setup.connections, options: "-c jit=off" },
      schemas: ["record", "rollup"],
    }),
  ],
  grafast: {
    explain: false,
    context: (requestContext) => ({ pgSettings: claimsOf(requestContext.node.req) }),
  },
  grafserv: { graphiql: false, watch: false, maxRequestLength: 200_000 },
};

const server = createServer();
const instance = postgraphile(preset);
await instance.createServ(grafserv).addTo(server);
if (setup.printSchema) {
  const { printSchema } = await import("graphql");
  console.log(printSchema(await instance.getSchema()));
  process.exit(0);
}
server.listen(setup.port, "127.0.0.1", () => console.log("ready"));
