"""Long documents: examined page by page while the client asks how far it is."""
