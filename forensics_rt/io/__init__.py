"""From files, bytes and arrays to pixels as stored, and from results to files."""
