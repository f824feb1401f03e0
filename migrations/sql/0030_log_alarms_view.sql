-- Alarms as they are read; frozen.
create view shown.log_alarm as select county as "county", hour as "hour", kind as "kind", client as "client", staff as "staff", message as "message", raised_at as "raised_at" from audit.log_alarm where strpos(current_setting('hub.datasets'), ',log_alarm,') > 0;
