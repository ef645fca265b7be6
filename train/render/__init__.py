"""Authentic pages rendered by real engines: documents by Typst, documents and screens by Chromium."""
