"""Where data goes: read from template and definitions, and confirmed by runs."""
