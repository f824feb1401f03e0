-- The fund at the end of each day; frozen.
CREATE TABLE computed.fund_standing (
    county TEXT COLLATE "C" NOT NULL,
    standing_on DATE NOT NULL,
    balance BIGINT NOT NULL,
    outstanding BIGINT NOT NULL,
    leverage BIGINT,
    leverage_limit INTEGER,
    required BIGINT,
    capacity BIGINT,
    pending BIGINT,
    is_over_leverage BOOLEAN,
    is_short BOOLEAN,
    bad_rate BIGINT,
    stop_line BIGINT,
    is_suspended BOOLEAN,
    missing_parameter TEXT COLLATE "C",
    region TEXT COLLATE "C" NOT NULL,
    computed_in BIGINT NOT NULL,
    CONSTRAINT fund_standing_pkey PRIMARY KEY (county, standing_on)
);
CREATE INDEX fund_standing_is_over_leverage_idx ON computed.fund_standing (county, is_over_leverage, standing_on);
CREATE INDEX fund_standing_is_short_idx ON computed.fund_standing (county, is_short, standing_on);
CREATE INDEX fund_standing_is_suspended_idx ON computed.fund_standing (county, is_suspended, standing_on);
CREATE INDEX fund_standing_region_idx ON computed.fund_standing (county, region, standing_on);
alter table computed.fund_standing enable row level security;
alter table computed.fund_standing force row level security;
create policy hub_rules on computed.fund_standing to hub_rules using (county = current_setting('hub.county')) with check (county = current_setting('hub.county'));
grant select, insert, update, delete on computed.fund_standing to hub_rules;
create policy hub_viewer on computed.fund_standing for select to hub_viewer using (county = current_setting('hub.county') and region >= current_setting('hub.region_from') and region <= current_setting('hub.region_to'));
grant select (county, standing_on, balance, outstanding, leverage, leverage_limit, required, capacity, pending, is_over_leverage, is_short, bad_rate, stop_line, is_suspended, missing_parameter, region, computed_in) on computed.fund_standing to hub_viewer;
