-- Views of the disclosure log; frozen.
create view shown.disclosure as select county as "county", disclosed_at as "disclosed_at", (entry_id::text collate "C") as "entry_id", (disclosed_at at time zone 'Asia/Shanghai')::date as "disclosed_on", door as "door", client as "client", staff as "staff", role as "role", agency as "agency", purpose as "purpose", coalesce(string_to_array(agreement, ' '), '{}') as "agreements", operation_name as "operation_name", datasets as "datasets", fields as "fields", masked as "masked", outcome as "outcome", code as "code", dataset as "dataset", region as "client_region", row_count as "row_count", cardinality(subjects) as "households", part as "part", request_id as "request_id", encode(operation_digest, 'hex') as "operation_digest", encode(request_digest, 'hex') as "request_digest", encode(response_digest, 'hex') as "response_digest" from audit.disclosure where strpos(current_setting('hub.datasets'), ',disclosure,') > 0;
create view shown.checkpoint as select county as "county", checkpoint_id as "checkpoint_id", size as "size", split_part(note, e'\n', 3) as "root", signed_at as "signed_at" from audit.checkpoint where strpos(current_setting('hub.datasets'), ',checkpoint,') > 0;
create view shown.cosignature as select county as "county", cosignature_id as "cosignature_id", split_part(witness, '+', 1) as "witness", size as "size", cosigned_at as "cosigned_at", received_at as "received_at" from audit.cosignature where strpos(current_setting('hub.datasets'), ',cosignature,') > 0;
create view shown.disagreement as select county as "county", disagreement_id as "disagreement_id", split_part(witness, '+', 1) as "witness", report as "report", reported_at as "reported_at", received_at as "received_at" from audit.disagreement where strpos(current_setting('hub.datasets'), ',disagreement,') > 0;
create function shown.disclosures_about(subjects uuid[])
returns table (county text, disclosed_at timestamptz, entry_id text, disclosed_on date, door text, client text, staff text, role text, agency text, purpose text, agreements text[], operation_name text, datasets text[], fields text[], masked text[])
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
select county, disclosed_at, (entry_id::text collate "C"), (disclosed_at at time zone 'Asia/Shanghai')::date, door, client, staff, role, agency, purpose, coalesce(string_to_array(agreement, ' '), '{}'), operation_name, datasets, fields, masked from audit.disclosure
where county = current_setting('hub.county') and strpos(current_setting('hub.datasets'), ',disclosure_about,') > 0
  and (disclosed_at, entry_id) in (
    select about.disclosed_at, about.entry_id from audit.entries_about($1, null, null) as about)
$$;
revoke execute on function shown.disclosures_about(uuid[]) from public;
grant execute on function shown.disclosures_about(uuid[]) to hub_readers;
