"""What may they see? In: Plan and Actor. Out: RestrictedPlan, or a refusal. Pure: decided before SQL exists."""
