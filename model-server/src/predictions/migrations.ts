/** Roles that get their rights if they exist; the schema's owner works without them. */
export const WRITER_ROLE = 'predictions_writer';
export const READER_ROLE = 'predictions_reader';

/** Records the migrations applied. Databases of older servers have the same table. */
export const MIGRATION_TABLE = `
CREATE SCHEMA IF NOT EXISTS prediction_log;
CREATE TABLE IF NOT EXISTS prediction_log.migrations (
  version integer PRIMARY KEY,
  applied_at timestamptz NOT NULL DEFAULT now()
);`;

/**
 * The schema of the prediction log; entry i leads to version i + 1. Append only, and keep older servers able to write:
 * after a rollback they do.
 */
export const MIGRATIONS: readonly string[] = [
  `
CREATE TABLE IF NOT EXISTS prediction_log.model_versions (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  model text NOT NULL,
  version text NOT NULL,
  threshold double precision NOT NULL,
  features jsonb NOT NULL,
  digest text NOT NULL,
  first_logged_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (model, version, digest)
);
COMMENT ON COLUMN prediction_log.model_versions.features IS
  'one object per column of the model: name, datatype, stored_in (reals, doubles or texts), slot (from 1), categories';
COMMENT ON COLUMN prediction_log.model_versions.digest IS
  'SHA-256 of threshold and features: a version that comes back with others gets a new row';

-- No foreign key to model_versions: it would cost a look-up per row, and nobody may delete there.
CREATE TABLE IF NOT EXISTS prediction_log.predictions (
  at timestamptz NOT NULL,
  model_version integer NOT NULL,
  row_number integer NOT NULL,
  score real,
  decision boolean,
  prediction_id text NOT NULL,
  reals real[],
  doubles double precision[],
  texts text[],
  PRIMARY KEY (prediction_id, row_number, at, model_version)
) PARTITION BY RANGE (at);
-- For clocks that are far off: an answer is never refused for its time.
CREATE TABLE IF NOT EXISTS prediction_log.predictions_other
  PARTITION OF prediction_log.predictions DEFAULT;

CREATE TABLE IF NOT EXISTS prediction_log.retention (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  days integer NOT NULL DEFAULT 90 CHECK (days > 0),
  bytes bigint NOT NULL DEFAULT 2147483648 CHECK (bytes > 0)
);
INSERT INTO prediction_log.retention DEFAULT VALUES ON CONFLICT DO NOTHING;

-- Makes the partitions of the days around today and drops those beyond retention, with the rights of the schema's
-- owner. Returns whether there is room for more.
CREATE OR REPLACE FUNCTION prediction_log.maintain() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET lock_timeout = '1s'
AS $maintain$
DECLARE
  keep prediction_log.retention;
  day date;
  partition regclass;
  used bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('prediction_log.maintain'));
  SELECT * INTO STRICT keep FROM prediction_log.retention;
  -- What cannot be locked now, or made because the other partition has rows of that day, waits for the next call.
  BEGIN
    FOR day IN SELECT current_date + ahead FROM generate_series(-1, 2) AS ahead LOOP
      IF to_regclass(format('prediction_log.predictions_%s', to_char(day, 'YYYYMMDD'))) IS NULL THEN
        EXECUTE format(
          'CREATE TABLE prediction_log.predictions_%s PARTITION OF prediction_log.predictions FOR VALUES FROM (%L) TO (%L)',
          to_char(day, 'YYYYMMDD'), day::timestamptz, (day + 1)::timestamptz);
      END IF;
    END LOOP;
  EXCEPTION WHEN lock_not_available OR check_violation THEN
    RAISE WARNING 'prediction_log.maintain: %', SQLERRM;
  END;
  DELETE FROM prediction_log.predictions_other WHERE at < current_date - keep.days;
  BEGIN
    FOR partition, day IN
      SELECT inhrelid::regclass, to_date(right(relname, 8), 'YYYYMMDD')
      FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
      WHERE inhparent = 'prediction_log.predictions'::regclass AND relname ~ '^predictions_[0-9]{8}$'
      ORDER BY 2
    LOOP
      SELECT sum(pg_total_relation_size(inhrelid)) INTO used
      FROM pg_inherits WHERE inhparent = 'prediction_log.predictions'::regclass;
      EXIT WHEN day >= current_date OR (day >= current_date - keep.days AND used <= keep.bytes);
      EXECUTE format('DROP TABLE %s', partition);
    END LOOP;
  EXCEPTION WHEN lock_not_available THEN
    RAISE WARNING 'prediction_log.maintain: %', SQLERRM;
  END;
  SELECT sum(pg_total_relation_size(inhrelid)) INTO used
  FROM pg_inherits WHERE inhparent = 'prediction_log.predictions'::regclass;
  RETURN used <= keep.bytes;
END
$maintain$;
REVOKE EXECUTE ON FUNCTION prediction_log.maintain() FROM PUBLIC;

-- Features by name and categories by text, as models of every version share them; a missing number is null.
CREATE OR REPLACE VIEW prediction_log.named_predictions AS
SELECT
  p.prediction_id, p.row_number, p.at, v.model, v.version, p.score, v.threshold, p.decision,
  (
    SELECT jsonb_object_agg(f.name, CASE
      WHEN f.datatype = 'BYTES' THEN to_jsonb(p.texts[f.slot])
      WHEN f.categories IS NOT NULL THEN f.categories -> CASE f.stored_in
        WHEN 'reals' THEN nullif(p.reals[f.slot], 'NaN')::integer
        WHEN 'doubles' THEN nullif(p.doubles[f.slot], 'NaN')::integer
        ELSE p.texts[f.slot]::integer END
      WHEN f.stored_in = 'reals' THEN to_jsonb(nullif(p.reals[f.slot], 'NaN'))
      WHEN f.stored_in = 'doubles' THEN to_jsonb(nullif(p.doubles[f.slot], 'NaN'))
      ELSE to_jsonb(p.texts[f.slot]::numeric) END)
    FROM jsonb_to_recordset(v.features)
      AS f(name text, datatype text, stored_in text, slot integer, categories jsonb)
  ) AS features
FROM prediction_log.predictions p
JOIN prediction_log.model_versions v ON v.id = p.model_version;
`,
];

/** Granted again after every migration, for roles created since. */
export const GRANTS = `
DO $grants$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = '${WRITER_ROLE}') THEN
    GRANT USAGE ON SCHEMA prediction_log TO ${WRITER_ROLE};
    GRANT SELECT ON prediction_log.migrations TO ${WRITER_ROLE};
    GRANT SELECT, INSERT ON prediction_log.model_versions TO ${WRITER_ROLE};
    GRANT INSERT ON prediction_log.predictions TO ${WRITER_ROLE};
    GRANT EXECUTE ON FUNCTION prediction_log.maintain() TO ${WRITER_ROLE};
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = '${READER_ROLE}') THEN
    GRANT USAGE ON SCHEMA prediction_log TO ${READER_ROLE};
    GRANT SELECT ON ALL TABLES IN SCHEMA prediction_log TO ${READER_ROLE};
  END IF;
END
$grants$;`;
