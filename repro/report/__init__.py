"""From evidence to files that people read: the folders of the exhibits."""
