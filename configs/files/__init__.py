"""Files of any kind: where they are looked for, and how they are opened safely and written atomically."""
