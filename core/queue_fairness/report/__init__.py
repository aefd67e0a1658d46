"""Results as text, Markdown and JSON, and the limits that are put on them."""
