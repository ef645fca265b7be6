"""A report as HTML, by Jinja, and as PDF, by Typst: both of the same view."""
