"""The programme's dated parameters: their names, and the values that need no city to set them. Out: POLICY, checked."""

from hub.catalog.policy import Policy
from schema.policy import noticing
from schema.policy.attention import ATTENTION
from schema.policy.national import NATIONAL
from schema.policy.parameters import PARAMETERS

POLICY = Policy((*PARAMETERS, *noticing.PARAMETERS), (*NATIONAL, *ATTENTION, *noticing.SETTINGS))
