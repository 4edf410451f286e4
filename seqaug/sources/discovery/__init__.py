"""Discovery: pairs of files in folders, tables and lists."""
