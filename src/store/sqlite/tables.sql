-- Version 1 of the schema. A new database is made as that, and takes the steps of schema.cc too.
CREATE TABLE records(
  id INTEGER PRIMARY KEY,
  key BLOB NOT NULL UNIQUE,
  rows BLOB NOT NULL,
  value BLOB NOT NULL);
CREATE TABLE index_rows(
  name BLOB NOT NULL,
  sort BLOB NOT NULL,
  key BLOB NOT NULL,
  PRIMARY KEY(name, sort, key)) WITHOUT ROWID;
CREATE TABLE log(
  sequence INTEGER PRIMARY KEY,
  hash BLOB NOT NULL,
  kind INTEGER NOT NULL,
  subject BLOB NOT NULL,
  detail BLOB NOT NULL,
  keep_until INTEGER NOT NULL);
CREATE INDEX log_by_keep_until ON log(keep_until);
CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES('counted_sequence', 0), ('counted_rows', 0);
