"""report.html: one file with everything, from evidence and finished pages; its pictures' data are JSON."""
