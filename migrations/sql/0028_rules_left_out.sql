-- Nobody decides about a finding that is not shared with them; frozen.
alter policy hub_decision on computed.finding using (county = current_setting('hub.county') and region >= current_setting('hub.region_from') and region <= current_setting('hub.region_to') and strpos(current_setting('hub.datasets'), ',-' || split_part(finding_id, '-', 1) || ',') = 0);
