// Mercurius with graphql-jit and loaders: the token is verified, a request is one transaction under its claims.
// Start: node server.mjs setup.json
import { readFileSync } from "node:fs";

import { createVerifier } from "fast-jwt";
import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";

import { byKeys, roots } from "./queries.mjs";

const setup = JSON.parse(readFileSync(process.argv[2], "utf8"));
const sql = roots(setup.totals);
const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

const DATE = 1082;
pg.types.setTypeParser(DATE, (text) => text);
const pool = new pg.Pool({ ...setup.database, max: setup.connections, options: "-c jit=off" });
const verify = createVerifier({ key: setup.secret, algorithms: ["HS256"], cache: 1000 });

const schema = `
  type Query {
    household(householdId: String!): Household
    region(code: String!): Region
    loans(from: String!, first: Int!): [Loan!]!
    ledger(region: String!, asOf: String!): Ledger
    loansByStatus(since: String!): [StatusTotals!]!
    interestCollections(from: String!, first: Int!): [InterestCollection!]!
  }
  type Region { code: String! name: String! households(first: Int!): [Household!]! }
  type Household {
    householdId: String! regionCode: String! povertyStatus: String! sizeDeclared: Int! registeredOn: String!
    loans: [Loan!]! subsidyPayments: [SubsidyPayment!]! repayments: [Repayment!]!
  }
  type Loan {
    loanId: String! amount: String! balance: String! disbursedOn: String! dueOn: String! settledOn: String
    status: String! household: Household subsidyPayments: [SubsidyPayment!]! repayments: [Repayment!]!
  }
  type Repayment { repaymentId: String! loanId: String! paidOn: String! principal: String! }
  type SubsidyPayment {
    voucherNumber: String! line: Int! amount: String! periodFrom: String! periodTo: String! paidOn: String!
  }
  type InterestCollection {
    collectionId: String! loanId: String! householdId: String periodFrom: String! periodTo: String! days: Int
    collectedOn: String! interest: String!
  }
  type StatusTotals { status: String! amount: String! balance: String! }
  type Ledger { ${setup.totals.map((name) => `${camel(name)}: String!`).join(" ")} }
`;

class Session {
  constructor(claims) {
    this.claims = claims;
    this.client = null;
  }

  async rows(query, ...values) {
    this.client ??= this.begin();
    const client = await this.client;
    return (await client.query({ ...query, values: [this.claims.county, ...values] })).rows;
  }

  async begin() {
    const client = await pool.connect();
    const { county, region } = this.claims;
    client.query("begin read only");
    await client.query({
      name: "claims",
      text: `select set_config('hub.county', $1, true), set_config('hub.region_from', $2, true),
        set_config('hub.region_to', $3, true)`,
      values: [county, region, `${region}~`],
    });
    return client;
  }

  async end() {
    if (this.client === null) return;
    const client = await this.client;
    await client.query("commit");
    client.release();
  }
}

const resolvers = {
  Query: {
    household: async (_, { householdId }, { session }) => (await session.rows(sql.household, householdId))[0],
    region: async (_, { code }, { session }) => (await session.rows(sql.region, code))[0],
    loans: (_, { from, first }, { session }) => session.rows(sql.loans, from, first),
    ledger: async (_, { region, asOf }, { session }) => (await session.rows(sql.ledger, region, asOf))[0],
    loansByStatus: (_, { since }, { session }) => session.rows(sql.loansByStatus, since),
    interestCollections: (_, { from, first }, { session }) => session.rows(sql.interestCollections, from, first),
  },
};

function grouped(rows, key, wanted) {
  const found = new Map(wanted.map((value) => [value, []]));
  for (const row of rows) found.get(row[key]).push(row);
  return wanted.map((value) => found.get(value));
}

function listsBy(key, query) {
  return async (queries, { session }) => {
    const wanted = queries.map(({ obj }) => obj[key]);
    return grouped(await session.rows(query, [...new Set(wanted)]), key, wanted);
  };
}

const loaders = {
  Region: {
    households: async (queries, { session }) => {
      const wanted = queries.map(({ obj }) => obj.code);
      return grouped(
        await session.rows(byKeys.householdsOfRegions, wanted, queries[0].params.first),
        "regionCode",
        wanted,
      );
    },
  },
  Household: {
    loans: listsBy("householdId", byKeys.loansOfHouseholds),
    subsidyPayments: listsBy("householdId", byKeys.subsidiesOfHouseholds),
    repayments: listsBy("householdId", byKeys.repaymentsOfHouseholds),
  },
  Loan: {
    household: async (queries, { session }) => {
      const wanted = queries.map(({ obj }) => obj.householdId);
      const rows = await session.rows(byKeys.householdsById, [...new Set(wanted)]);
      const found = new Map(rows.map((row) => [row.householdId, row]));
      return wanted.map((id) => found.get(id) ?? null);
    },
    subsidyPayments: listsBy("loanId", byKeys.subsidiesOfLoans),
    repayments: listsBy("loanId", byKeys.repaymentsOfLoans),
  },
};

const application = Fastify({ bodyLimit: 200_000 });
application.register(mercurius, {
  schema,
  resolvers,
  loaders,
  jit: 1,
  context: (request) => {
    const [kind, token] = (request.headers.authorization ?? "").split(" ");
    if (kind !== "Bearer") throw new Error("The request carries no bearer token.");
    return { session: new Session(verify(token)) };
  },
});
application.addHook("onReady", async () => {
  application.graphql.addHook("onResolution", async (_, { session }) => session.end());
});
await application.listen({ port: setup.port, host: "127.0.0.1" });
console.log("ready");
