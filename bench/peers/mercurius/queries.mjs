// The SQL of the loaders, written by hand. `under` runs one statement under the request's claims.
const HOUSEHOLD = `household_id as "householdId", region_code as "regionCode", poverty_status as "povertyStatus",
  size_declared as "sizeDeclared", registered_on as "registeredOn"`;
const LOAN = `loan_id as "loanId", household_id as "householdId", amount, balance, disbursed_on as "disbursedOn",
  due_on as "dueOn", settled_on as "settledOn", status`;
const REPAYMENT = `repayment_id as "repaymentId", loan_id as "loanId", household_id as "householdId",
  paid_on as "paidOn", principal`;
const SUBSIDY = `voucher_number as "voucherNumber", line, loan_id as "loanId", household_id as "householdId", amount,
  period_from as "periodFrom", period_to as "periodTo", paid_on as "paidOn"`;
const INTEREST = `collection_id as "collectionId", loan_id as "loanId", household_id as "householdId",
  period_from as "periodFrom", period_to as "periodTo", days, collected_on as "collectedOn", interest`;

const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

export const roots = (totals) => {
  const measures = totals.map((name) => `${name} as "${camel(name)}"`).join(", ");
  return {
    household: {
      name: "household",
      text: `select ${HOUSEHOLD} from record.household where county = $1 and household_id = $2`,
    },
    region: { name: "region", text: "select code, name from record.region where county = $1 and code = $2" },
    loans: {
      name: "loans",
      text: `select ${LOAN} from record.loan where county = $1 and loan_id >= $2 order by loan_id limit $3`,
    },
    ledger: {
      name: "ledger",
      text: `select ${measures} from rollup.daily where county = $1 and region = $2 and day <= $3
        order by day desc limit 1`,
    },
    loansByStatus: {
      name: "loansByStatus",
      text: `select status, sum(amount)::bigint as amount, sum(balance)::bigint as balance from record.loan
        where county = $1 and disbursed_on >= $2 group by status`,
    },
    interestCollections: {
      name: "interestCollections",
      text: `select ${INTEREST} from record.interest_collection where county = $1 and collection_id >= $2
        order by collection_id limit $3`,
    },
  };
};

export const byKeys = {
  householdsOfRegions: {
    name: "householdsOfRegions",
    text: `select h.* from unnest($2::text[]) wanted(code) cross join lateral (
      select ${HOUSEHOLD} from record.household where county = $1 and region_code = wanted.code
      order by household_id limit $3) h`,
  },
  householdsById: {
    name: "householdsById",
    text: `select ${HOUSEHOLD} from record.household where county = $1 and household_id = any($2)`,
  },
  loansOfHouseholds: {
    name: "loansOfHouseholds",
    text: `select ${LOAN} from record.loan where county = $1 and household_id = any($2)`,
  },
  subsidiesOfHouseholds: {
    name: "subsidiesOfHouseholds",
    text: `select ${SUBSIDY} from record.subsidy_payment where county = $1 and household_id = any($2)`,
  },
  repaymentsOfHouseholds: {
    name: "repaymentsOfHouseholds",
    text: `select ${REPAYMENT} from record.repayment where county = $1 and household_id = any($2)`,
  },
  subsidiesOfLoans: {
    name: "subsidiesOfLoans",
    text: `select ${SUBSIDY} from record.subsidy_payment where county = $1 and loan_id = any($2)`,
  },
  repaymentsOfLoans: {
    name: "repaymentsOfLoans",
    text: `select ${REPAYMENT} from record.repayment where county = $1 and loan_id = any($2)`,
  },
};
