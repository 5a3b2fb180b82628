"""The verb evaluate: what memory is worth, measured on sets of questions without a judge."""
