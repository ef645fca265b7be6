"""Pictures of a report: the page with its regions, and each region from stored pixels."""
