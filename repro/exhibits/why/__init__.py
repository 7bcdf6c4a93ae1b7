"""Why the paper's observations come about: exhibits of the mechanisms, made when asked for by name."""
