"""The door. In: bytes over HTTP. Out: bytes, a status and headers. Size and form are checked before anything else."""
