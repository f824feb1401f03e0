-- The views of visits and changes of classification; frozen.
create view shown.visit as select "county", "visit_id", "household_id", "visited_on", "officer_name", "outcome", "use_found", "note", "region", "source_part", "source_row", "recorded_in" from record.visit;
create view shown.classification_change as select "county", "change_id", "loan_id", "changed_on", "former_grade", "new_grade", "household_id", "region", "source_part", "source_row", "recorded_in" from record.classification_change;
