/** Roles that are given their rights where they exist; the owner of the schema needs no others. */
export const LABELS_WRITER_ROLE = 'labels_writer';
export const QUALITY_ROLE = 'quality';
/** Of the prediction log; it also reads what the predictions turned out to be. */
export const LOG_READER_ROLE = 'predictions_reader';

/** The table that says which migrations were applied. */
export const MIGRATION_TABLE = `
CREATE SCHEMA IF NOT EXISTS quality;
CREATE TABLE IF NOT EXISTS quality.migrations (
  version integer PRIMARY KEY,
  applied_at timestamptz NOT NULL DEFAULT now()
);`;

/** Upper edges of the histogram of label delays, in seconds: minutes, hours, then days up to two months. */
export const DELAY_EDGES = [
  60, 600, 3_600, 21_600, 86_400, 172_800, 345_600, 604_800, 691_200, 864_000, 1_209_600, 1_814_400,
  2_419_200, 3_628_800, 5_184_000,
] as const;

const TABLES = `
CREATE TABLE quality.retention (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  -- Of labels and of what they were joined with, by arrival.
  label_days integer NOT NULL DEFAULT 180 CHECK (label_days > 0),
  -- How long a label waits for its prediction.
  unknown_days integer NOT NULL DEFAULT 30 CHECK (unknown_days > 0),
  count_days integer NOT NULL DEFAULT 400 CHECK (count_days > 0)
);
INSERT INTO quality.retention DEFAULT VALUES;

CREATE TABLE quality.labels (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  model text NOT NULL CHECK (length(model) BETWEEN 1 AND 200),
  prediction_id text NOT NULL CHECK (length(prediction_id) BETWEEN 1 AND 200),
  row_number integer CHECK (row_number >= 0),
  predicted_at timestamptz CHECK (isfinite(predicted_at)),
  label boolean NOT NULL,
  source text NOT NULL CHECK (source ~ '^[a-z][a-z0-9_-]{0,31}$'),
  arrived_at timestamptz NOT NULL DEFAULT now(),
  outcome text NOT NULL DEFAULT 'waiting',
  attempts integer NOT NULL DEFAULT 0,
  next_attempt timestamptz DEFAULT now()
);
COMMENT ON TABLE quality.labels IS 'every label as it arrived, one row each; the latest of a prediction holds';
COMMENT ON COLUMN quality.labels.prediction_id IS
  'as the caller was told; of a row in a batch either the whole id (with /row) or the request id beside row_number';
COMMENT ON COLUMN quality.labels.source IS
  'who says so; alert: somebody looked at the row because an alert was raised';
COMMENT ON COLUMN quality.labels.outcome IS
  'waiting, joined, unknown, duplicate, contradicting, future, other_model or expired';
CREATE INDEX labels_due ON quality.labels (next_attempt, id) WHERE next_attempt IS NOT NULL;
CREATE INDEX labels_by_arrival ON quality.labels (arrived_at);

-- One row per labelled prediction: what the counts hold of it.
CREATE TABLE quality.joined (
  prediction_id text NOT NULL,
  row_number integer NOT NULL,
  model text NOT NULL,
  version text NOT NULL,
  day date NOT NULL,
  bin smallint NOT NULL,
  score double precision NOT NULL,
  decision boolean NOT NULL,
  label boolean NOT NULL,
  alerted boolean NOT NULL,
  label_id bigint NOT NULL,
  PRIMARY KEY (prediction_id, row_number, model, version)
);
CREATE INDEX joined_by_day ON quality.joined (day);

CREATE TABLE quality.labelled (
  model text NOT NULL,
  version text NOT NULL,
  day date NOT NULL,
  bin smallint NOT NULL,
  decision boolean NOT NULL,
  label boolean NOT NULL,
  alerted boolean NOT NULL,
  count bigint NOT NULL,
  score_sum double precision NOT NULL,
  PRIMARY KEY (day, model, version, bin, decision, label, alerted)
);
COMMENT ON TABLE quality.labelled IS
  'labelled predictions by UTC day of the prediction and thousandth of the score; -1: the score is no probability';

CREATE TABLE quality.predicted (
  model text NOT NULL,
  version text NOT NULL,
  day date NOT NULL,
  bin smallint NOT NULL,
  decision boolean NOT NULL,
  count bigint NOT NULL,
  score_sum double precision NOT NULL,
  PRIMARY KEY (day, model, version, bin, decision)
);
COMMENT ON TABLE quality.predicted IS 'all predictions of a day, counted when the day is over';

CREATE TABLE quality.counted_days (
  day date PRIMARY KEY,
  counted_at timestamptz NOT NULL
);

CREATE TABLE quality.outcomes (
  model text NOT NULL,
  source text NOT NULL,
  outcome text NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (model, source, outcome)
);

CREATE TABLE quality.delays (
  model text NOT NULL,
  bucket integer NOT NULL,
  count bigint NOT NULL,
  seconds_sum double precision NOT NULL,
  PRIMARY KEY (model, bucket)
);
COMMENT ON COLUMN quality.delays.bucket IS 'position among the edges of the histogram, from 0';

CREATE TABLE quality.newest_labels (
  model text PRIMARY KEY,
  arrived_at timestamptz NOT NULL
);
`;

const FUNCTIONS = `
CREATE FUNCTION quality.bin_of(score double precision) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
  WHEN score >= 0 AND score < 1 THEN floor(score * 1000)::smallint
  WHEN score = 1 THEN 999::smallint
  ELSE (-1)::smallint
END;

CREATE FUNCTION quality.add_labelled(j quality.joined, n integer) RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  INSERT INTO quality.labelled AS t (model, version, day, bin, decision, label, alerted, count, score_sum)
  VALUES (j.model, j.version, j.day, j.bin, j.decision, j.label, j.alerted, n, n * j.score)
  ON CONFLICT (day, model, version, bin, decision, label, alerted)
  DO UPDATE SET count = t.count + excluded.count, score_sum = t.score_sum + excluded.score_sum;
END;

CREATE FUNCTION quality.count_outcome(model text, source text, outcome text) RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  INSERT INTO quality.outcomes AS t (model, source, outcome, count)
  VALUES (count_outcome.model, count_outcome.source, count_outcome.outcome, 1)
  ON CONFLICT ON CONSTRAINT outcomes_pkey DO UPDATE SET count = t.count + 1;
END;
`;

/**
 * Joins one label. First with what is joined already, which holds longer than the log; then with the answers of the log,
 * of which the latest of each version counts: an id may be used again.
 */
const JOIN_LABEL = `
CREATE TYPE quality.answer AS (
  prediction_id text, row_number integer, at timestamptz, model_version integer, score real, decision boolean
);

CREATE FUNCTION quality.ids_of(l quality.labels) RETURNS text[]
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN l.row_number IS NULL THEN ARRAY[l.prediction_id]
  ELSE ARRAY[l.prediction_id, l.prediction_id || '/' || l.row_number] END;

CREATE FUNCTION quality.join_label(l quality.labels, answers quality.answer[]) RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
AS $join$
DECLARE
  result text;
  other boolean := false;
  j quality.joined;
  p record;
BEGIN
  IF l.predicted_at > l.arrived_at + interval '5 minutes' THEN RETURN 'future'; END IF;

  FOR j IN
    SELECT * FROM quality.joined
    WHERE prediction_id = ANY (quality.ids_of(l)) AND model = l.model
      AND (l.row_number IS NULL OR row_number = l.row_number)
  LOOP
    IF j.label <> l.label THEN result := 'contradicting';
    ELSE result := coalesce(result, 'duplicate');
    END IF;
    IF l.id > j.label_id OR (l.source = 'alert' AND NOT j.alerted) THEN
      PERFORM quality.add_labelled(j, -1);
      -- That an alert was raised stays true whatever is said later.
      j.alerted := j.alerted OR l.source = 'alert';
      IF l.id > j.label_id THEN
        j.label := l.label;
        j.label_id := l.id;
      END IF;
      UPDATE quality.joined SET label = j.label, alerted = j.alerted, label_id = j.label_id
      WHERE prediction_id = j.prediction_id AND row_number = j.row_number
        AND model = j.model AND version = j.version;
      PERFORM quality.add_labelled(j, 1);
    END IF;
  END LOOP;
  IF result IS NOT NULL THEN RETURN result; END IF;

  FOR p IN
    SELECT DISTINCT ON (v.model, v.version) v.model, v.version, q.*
    FROM unnest(answers) AS q
    JOIN prediction_log.model_versions v ON v.id = q.model_version
    ORDER BY v.model, v.version, q.at DESC
  LOOP
    IF p.model <> l.model THEN
      other := true;
      CONTINUE;
    END IF;
    IF result IS NULL THEN
      INSERT INTO quality.delays AS t (model, bucket, count, seconds_sum)
      SELECT l.model, (SELECT count(*) FROM unnest(ARRAY[${DELAY_EDGES.join(', ')}]) AS edge WHERE edge < seconds), 1, seconds
      FROM (SELECT greatest(0, extract(epoch FROM l.arrived_at - p.at))::double precision AS seconds) AS delay
      ON CONFLICT (model, bucket)
      DO UPDATE SET count = t.count + 1, seconds_sum = t.seconds_sum + excluded.seconds_sum;
    END IF;
    result := 'joined';
    j := ROW(
      p.prediction_id, p.row_number, p.model, p.version, p.at::date, quality.bin_of(p.score),
      CASE WHEN quality.bin_of(p.score) < 0 THEN 0 ELSE p.score END,
      coalesce(p.decision, false), l.label, l.source = 'alert', l.id);
    INSERT INTO quality.joined SELECT j.*;
    PERFORM quality.add_labelled(j, 1);
  END LOOP;
  RETURN coalesce(result, CASE WHEN other THEN 'other_model' ELSE 'unknown' END);
END
$join$;
`;

const CYCLE = `
-- Joins labels that are due, at most so many, in the order of their arrival. Returns how many were looked at.
CREATE FUNCTION quality.join_labels(most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- A log without statistics, or a small one, would be read whole for every label.
SET enable_seqscan = off
AS $join$
DECLARE
  keep quality.retention;
  due record;
  l quality.labels;
  result text;
  seen integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('quality.join_labels'));
  SELECT * INTO STRICT keep FROM quality.retention;
  -- One statement looks up all answers: one per label would be planned, and open every partition, each time.
  FOR due IN
    SELECT d AS label, (
      SELECT array_agg(ROW(p.prediction_id, p.row_number, p.at, p.model_version, p.score, p.decision)::quality.answer)
      FROM prediction_log.predictions p
      WHERE p.prediction_id = ANY (quality.ids_of(d)) AND (d.row_number IS NULL OR p.row_number = d.row_number)
        -- An answer after the arrival of its label is another answer; the hour is for clocks that differ.
        AND p.at >= coalesce(d.predicted_at - interval '1 day', '-infinity')
        AND p.at <= least(d.arrived_at + interval '1 hour', d.predicted_at + interval '1 day')
    ) AS answers
    FROM (
      SELECT * FROM quality.labels WHERE next_attempt <= now() ORDER BY next_attempt, id LIMIT most
    ) AS d
    ORDER BY d.next_attempt, d.id
  LOOP
    l := due.label;
    seen := seen + 1;
    result := quality.join_label(l, due.answers);
    IF result = 'unknown' THEN
      IF l.attempts = 0 THEN PERFORM quality.count_outcome(l.model, l.source, 'unknown'); END IF;
      IF l.arrived_at < now() - make_interval(days => keep.unknown_days) THEN
        UPDATE quality.labels SET outcome = 'expired', next_attempt = NULL WHERE id = l.id;
      ELSE
        -- Soon at first, for predictions that are being stored; then ever more rarely.
        UPDATE quality.labels SET outcome = 'unknown', attempts = attempts + 1,
          next_attempt = now() + least(interval '1 day', interval '1 minute' * 2 ^ least(attempts, 11))
        WHERE id = l.id;
      END IF;
    ELSE
      PERFORM quality.count_outcome(l.model, l.source, result);
      UPDATE quality.labels SET outcome = result, next_attempt = NULL WHERE id = l.id;
    END IF;
    INSERT INTO quality.newest_labels AS t VALUES (l.model, l.arrived_at)
    ON CONFLICT (model) DO UPDATE SET arrived_at = excluded.arrived_at WHERE excluded.arrived_at > t.arrived_at;
  END LOOP;
  RETURN seen;
END
$join$;

-- Counts the predictions of days that are over, at most so many days: an hour after their end, and again a day after
-- it, for what was stored late. Each row is read twice in its life, so a cycle costs the same however long the log is.
CREATE FUNCTION quality.count_days(most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
AS $count$
DECLARE
  counted date;
  days integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('quality.count_days'));
  FOR counted IN
    SELECT d::date FROM prediction_log.retention r,
      generate_series(current_date - r.days, current_date - 1, interval '1 day') AS d
    LEFT JOIN quality.counted_days c ON c.day = d::date
    WHERE now() >= d + interval '25 hours'
      AND (c.day IS NULL OR (c.counted_at < d + interval '2 days' AND now() >= d + interval '2 days'))
    ORDER BY d DESC LIMIT most
  LOOP
    DELETE FROM quality.predicted WHERE day = counted;
    INSERT INTO quality.predicted (model, version, day, bin, decision, count, score_sum)
    SELECT v.model, v.version, counted, q.bin, q.decided, sum(q.count), sum(q.score_sum)
    FROM (
      SELECT model_version, quality.bin_of(score) AS bin, coalesce(decision, false) AS decided, count(*) AS count,
        coalesce(sum(score::double precision) FILTER (WHERE quality.bin_of(score) >= 0), 0) AS score_sum
      FROM prediction_log.predictions
      WHERE at >= counted::timestamptz AND at < (counted + 1)::timestamptz
      GROUP BY 1, 2, 3
    ) q
    JOIN prediction_log.model_versions v ON v.id = q.model_version
    GROUP BY v.model, v.version, q.bin, q.decided;
    INSERT INTO quality.counted_days VALUES (counted, now())
    ON CONFLICT (day) DO UPDATE SET counted_at = excluded.counted_at;
    days := days + 1;
  END LOOP;
  RETURN days;
END
$count$;

-- Drops what is older than the retention.
CREATE FUNCTION quality.maintain() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
AS $maintain$
DECLARE
  keep quality.retention;
BEGIN
  SELECT * INTO STRICT keep FROM quality.retention;
  DELETE FROM quality.labels WHERE arrived_at < now() - make_interval(days => keep.label_days);
  DELETE FROM quality.joined WHERE day < current_date - keep.label_days;
  DELETE FROM quality.labelled WHERE day < current_date - keep.count_days;
  DELETE FROM quality.predicted WHERE day < current_date - keep.count_days;
  DELETE FROM quality.counted_days WHERE day < current_date - keep.count_days;
END
$maintain$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA quality FROM PUBLIC;
`;

/**
 * The schema of labels and counts, in the database of the prediction log and with the same owner; entry i leads to
 * version i + 1. Entries are never changed, only added.
 */
export const MIGRATIONS: readonly string[] = [TABLES + FUNCTIONS + JOIN_LABEL + CYCLE];

const INSERT_LABELS = 'INSERT (model, prediction_id, row_number, predicted_at, label, source)';

/** Given again after every migration, so that roles that were made later get theirs. Nobody may set the time of arrival. */
export const GRANTS = `
DO $grants$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = '${LABELS_WRITER_ROLE}') THEN
    GRANT USAGE ON SCHEMA quality TO ${LABELS_WRITER_ROLE};
    GRANT ${INSERT_LABELS} ON quality.labels TO ${LABELS_WRITER_ROLE};
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = '${QUALITY_ROLE}') THEN
    GRANT USAGE ON SCHEMA quality TO ${QUALITY_ROLE};
    GRANT ${INSERT_LABELS} ON quality.labels TO ${QUALITY_ROLE};
    GRANT SELECT ON ALL TABLES IN SCHEMA quality TO ${QUALITY_ROLE};
    GRANT EXECUTE ON FUNCTION quality.join_labels(integer), quality.count_days(integer), quality.maintain()
      TO ${QUALITY_ROLE};
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = '${LOG_READER_ROLE}') THEN
    GRANT USAGE ON SCHEMA quality TO ${LOG_READER_ROLE};
    GRANT SELECT ON quality.joined TO ${LOG_READER_ROLE};
  END IF;
END
$grants$;`;
