"""report.html: one file with everything, from evidence and finished pages. The data of its pictures are JSON."""
