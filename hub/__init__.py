"""The running hub: a request or a delivery comes in, one answer or one reconciled run goes out."""
