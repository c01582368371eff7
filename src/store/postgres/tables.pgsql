-- Version 1 of the store in PostgreSQL. Each statement ends with a semicolon at the end of a line.
CREATE SCHEMA IF NOT EXISTS sallyport;

CREATE TABLE sallyport.records(
  key bytea PRIMARY KEY,
  value bytea NOT NULL,
  names bytea[] NOT NULL,
  sorts bytea[] NOT NULL) WITH (fillfactor=80);
-- A value that is read with its record, and often written, is not put away elsewhere.
ALTER TABLE sallyport.records ALTER value SET STORAGE MAIN;

CREATE TABLE sallyport.index_rows(
  name bytea NOT NULL,
  sort bytea NOT NULL,
  key bytea NOT NULL,
  PRIMARY KEY(name, sort, key));

CREATE TABLE sallyport.counts(
  name bytea NOT NULL,
  records bigint NOT NULL,
  bytes bigint NOT NULL);
CREATE INDEX counts_by_name ON sallyport.counts(name);

CREATE TABLE sallyport.log_entries(
  sequence bigint PRIMARY KEY,
  hash bytea NOT NULL,
  kind bigint NOT NULL,
  subject bytea NOT NULL,
  detail bytea NOT NULL,
  keep_until bigint NOT NULL);
CREATE INDEX log_by_keep_until ON sallyport.log_entries(keep_until);

-- A sequence hands out its numbers one by one, so that what is committed later by one who saw the earlier commit has the greater one.
CREATE TABLE sallyport.log_pending(
  id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
  kind bigint NOT NULL,
  subject bytea NOT NULL,
  detail bytea NOT NULL,
  keep_until bigint NOT NULL);

CREATE TABLE sallyport.log_head(
  one bigint PRIMARY KEY CHECK (one=1),
  sequence bigint NOT NULL,
  hash bytea NOT NULL,
  rows bigint NOT NULL);
INSERT INTO sallyport.log_head VALUES(1, 0, decode(repeat('00', 32), 'hex'), 0);

CREATE TABLE sallyport.commits(
  id bytea PRIMARY KEY,
  made timestamptz NOT NULL DEFAULT now(),
  never boolean NOT NULL DEFAULT false);
CREATE INDEX commits_by_made ON sallyport.commits(made);

-- Its rows are written again and again: there is room for that on their page.
CREATE TABLE sallyport.servers(
  id bytea PRIMARY KEY,
  number bigint GENERATED ALWAYS AS IDENTITY (CACHE 1),
  counter bigint NOT NULL,
  holds bigint NOT NULL,
  period_millis bigint NOT NULL,
  alone boolean NOT NULL,
  settled boolean NOT NULL) WITH (fillfactor=20);

CREATE TABLE sallyport.meta(
  name bytea PRIMARY KEY,
  value bytea NOT NULL);
