"""What reads have in common: filters, what is visible, rows into records, searches."""
