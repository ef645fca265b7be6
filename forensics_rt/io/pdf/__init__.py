"""PDF files: what a page shows, in the samples that it stores wherever it shows them."""
