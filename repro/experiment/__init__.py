"""One run as a value, and the way from words on a command line to it."""
