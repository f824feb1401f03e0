"""What we share: one file per dataset (and per indicator). Out: CATALOGUE, checked. Imports only hub.catalog."""

from hub.catalog.registry import Catalogue
from schema import (
    application,
    compensation_case,
    enterprise,
    enterprise_use,
    evidence,
    extension,
    finding,
    finding_event,
    fund_transaction,
    household,
    interest_collection,
    loan,
    membership,
    officer_assignment,
    person,
    policy_parameter,
    recovery,
    region,
    renewal,
    repayment,
    risk_event,
    rule,
    service_point,
    subsidy_payment,
)

# In the order in which they are merged: a dataset stands after those it is placed through.
CATALOGUE = Catalogue(
    (
        region.DATASET,
        household.DATASET,
        person.DATASET,
        membership.DATASET,
        application.DATASET,
        enterprise.DATASET,
        loan.DATASET,
        enterprise_use.DATASET,
        repayment.DATASET,
        interest_collection.DATASET,
        extension.DATASET,
        renewal.DATASET,
        subsidy_payment.DATASET,
        risk_event.DATASET,
        compensation_case.DATASET,
        fund_transaction.DATASET,
        recovery.DATASET,
        officer_assignment.DATASET,
        service_point.DATASET,
        policy_parameter.DATASET,
        rule.DATASET,
        finding.DATASET,
        evidence.DATASET,
        finding_event.DATASET,
    )
)
