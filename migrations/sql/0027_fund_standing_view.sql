-- Its view; frozen.
create view shown.fund_standing as select "county", "standing_on", "balance", "outstanding", "leverage", "leverage_limit", "required", "capacity", "pending", "is_over_leverage", "is_short", "bad_rate", "stop_line", "is_suspended", "missing_parameter", "region", "computed_in" from computed.fund_standing where strpos(current_setting('hub.datasets'), ',fund_standing,') > 0;
